/** The image under inspection: its detail and saliency maps, fetched as the selection moves, and how they are shown. */

import type { ClassIndex, Explanation, ImageDetail, ImageId, SettlingMaps } from '../../shared/audit.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';
import { LruMap } from './lru.js';
import type { MapKind } from './map-kinds.js';
import { ScaleMemo } from './map-scale.js';
import { ZoomState } from './zoom.svelte.js';

/** Explanations kept in memory; one is some tens of kilobytes. */
const kept = 64;
/** A selection that moves faster than this, in milliseconds, is not explained on its way. */
const rest = 140;
/** How many following images are computed ahead. */
const aheadCount = 4;

export type InspectorMode = 'side' | 'full' | 'closed';

export class InspectorState {
  readonly #client: Client;
  readonly #ahead: (count: number) => ImageId[];
  readonly #cache = new LruMap<ImageId, Explanation>(kept);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #movedAt = 0;
  /** Counts the requests for maps: only the latest says how the image on screen stands. */
  #turn = 0;
  /** Counts projects and their parameters: maps of an earlier one are not kept. */
  #era = 0;
  /** Whether maps of the image on screen are being computed. */
  #awaited = false;
  #id = $state.raw<ImageId | null>(null);
  #detail = $state.raw<Loaded<ImageDetail>>(loading);
  #explanation = $state.raw<Loaded<Explanation>>(loading);
  #settling = $state.raw<SettlingMaps | null>(null);
  #extra = $state.raw<readonly ClassIndex[]>([]);

  /** The colour scale that shows most, where the person leaves it to the maps. */
  readonly scales = new ScaleMemo();
  readonly zoom = new ZoomState();
  mode = $state<InspectorMode>('side');
  /** What the person made it; null leaves it to the window. */
  width = $state<number | null>(null);
  mapsShown = $state(true);
  kind = $state<MapKind>('kept');
  /** The class that contrasts are to; null for the label's, or the prediction's without one. */
  against = $state<ClassIndex | null>(null);
  smooth = $state(true);
  outline = $state(false);
  /** How many class panels are shown before the added ones. */
  panels = $state(3);

  /** @param ahead the ids to compute after the one shown, nearest first. */
  constructor(client: Client, ahead: (count: number) => ImageId[]) {
    this.#client = client;
    this.#ahead = ahead;
  }

  get id(): ImageId | null {
    return this.#id;
  }
  get detail(): Loaded<ImageDetail> {
    return this.#detail;
  }
  get explanation(): Loaded<Explanation> {
    return this.#explanation;
  }
  /** Maps of the image on screen after some of the masks; null before the first and once its explanation is there. */
  get settling(): SettlingMaps | null {
    return this.#settling;
  }
  /** Classes the person asked for besides label and top 5; they stay from image to image. */
  get extra(): readonly ClassIndex[] {
    return this.#extra;
  }

  /** Shows an image (null for none); its maps are asked for once the selection rests. */
  show(id: ImageId | null): void {
    if (id === this.#id) return;
    clearTimeout(this.#timer);
    this.#id = id;
    this.#detail = loading;
    this.zoom.whole();
    this.#stopWaiting();
    if (id === null) {
      this.#explanation = loading;
      return;
    }
    const known = this.#cache.use(id);
    this.#explanation = known === undefined ? loading : ready(known);
    const now = performance.now();
    const resting = now - this.#movedAt > rest;
    this.#movedAt = now;
    if (resting) this.#load(id);
    else
      this.#timer = setTimeout(() => {
        this.#load(id);
      }, rest);
  }

  /** Takes maps that still settle; those of an image that is not on screen, or not waited for, are let go. */
  follow(maps: SettlingMaps): void {
    if (!this.#awaited || maps.imageId !== this.#id) return;
    this.#settling = maps;
    if (this.#explanation.state === 'failed') this.#explanation = loading;
  }

  /** Asks again for the maps after an error. */
  retry(): void {
    if (this.#id === null) return;
    this.#explanation = loading;
    void this.#explain(this.#id);
  }

  /** Something about these images changed: the detail is fetched again, the picture on screen stays. */
  refresh(images: readonly ImageId[] | 'all'): void {
    const id = this.#id;
    if (id === null || (images !== 'all' && !images.includes(id))) return;
    void this.#fetchDetail(id);
    if (this.#explanation.state === 'failed') void this.#explain(id);
  }

  /** Other parameters, another mapping, or other pictures in the files of `images`: their maps are asked for anew. */
  forget(images: readonly ImageId[] | 'all' = 'all'): void {
    this.#era += 1;
    this.scales.clear();
    if (images === 'all') this.#cache.clear();
    else for (const id of images) this.#cache.delete(id);
    if (this.#id === null || (images !== 'all' && !images.includes(this.#id) && !this.#awaited)) return;
    this.#stopWaiting();
    this.retry();
  }

  /** Starts over for another project. */
  reset(): void {
    this.#era += 1;
    this.#cache.clear();
    this.scales.clear();
    this.#extra = [];
    this.show(null);
    if (this.mode === 'full') this.mode = 'side';
  }

  addClass(classIndex: ClassIndex): void {
    if (this.#extra.includes(classIndex)) return;
    this.#extra = [...this.#extra, classIndex];
    if (this.#id !== null) void this.#explain(this.#id);
  }

  removeClass(classIndex: ClassIndex): void {
    this.#extra = this.#extra.filter((other) => other !== classIndex);
  }

  #load(id: ImageId): void {
    void this.#fetchDetail(id);
    void this.#explain(id);
  }

  async #fetchDetail(id: ImageId): Promise<void> {
    try {
      const detail = await this.#client.call('image.detail', { id });
      if (this.#id === id) this.#detail = ready(detail);
    } catch (error) {
      if (this.#id === id) this.#detail = failed(error);
    }
  }

  async #explain(id: ImageId): Promise<void> {
    const known = this.#cache.use(id);
    const missing = this.#extra.some((extra) => known?.maps.some((map) => map.classIndex === extra) !== true);
    if ((known === undefined || missing) && !(await this.#compute(id))) return;
    if (this.#id === id) await this.#prefetch();
  }

  /** Has the maps of an image computed; whether they came. */
  async #compute(id: ImageId): Promise<boolean> {
    const era = this.#era;
    this.#turn += 1;
    const turn = this.#turn;
    const classes = [...this.#extra];
    this.#awaited = true;
    try {
      const explanation = await this.#client.call('explain.get', classes.length === 0 ? { id } : { id, classes });
      if (era !== this.#era) return false;
      this.#cache.set(id, explanation);
      if (this.#id === id) this.#explanation = ready(explanation);
      return true;
    } catch (error) {
      // A request that a later one took the place of says nothing about the image.
      if (this.#id === id && turn === this.#turn && era === this.#era) this.#explanation = failed(error);
      return false;
    } finally {
      if (turn === this.#turn) this.#stopWaiting();
    }
  }

  /** Maps are no longer waited for; those that settled so far are let go. */
  #stopWaiting(): void {
    this.#awaited = false;
    this.#settling = null;
  }

  async #prefetch(): Promise<void> {
    const ids = this.#ahead(aheadCount).filter((id) => !this.#cache.has(id));
    if (ids.length === 0) return;
    // Computing ahead is a wish: when it fails the image itself will tell why once it is opened.
    await this.#client.call('explain.prefetch', { ids }).catch(() => null);
  }
}
