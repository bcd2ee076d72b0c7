/** The image under inspection: its detail and saliency maps, fetched as the selection moves, and how they are shown. */

import type { ClassIndex, Explanation, ImageDetail, ImageId } from '../../shared/audit.js';
import { type Client, failed, type Loaded, loading, ready } from './client.js';
import { LruMap } from './lru.js';

/** Explanations kept in memory; one is some tens of kilobytes. */
const kept = 64;
/** A selection that moves faster than this, in milliseconds, is not explained on its way. */
const settle = 140;
/** How many following images are computed ahead. */
const aheadCount = 4;

export type InspectorMode = 'side' | 'full' | 'closed';
export type MapKind = 'kept' | 'signed';

export class InspectorState {
  readonly #client: Client;
  readonly #ahead: (count: number) => ImageId[];
  readonly #cache = new LruMap<ImageId, Explanation>(kept);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #movedAt = 0;
  #id = $state.raw<ImageId | null>(null);
  #detail = $state.raw<Loaded<ImageDetail>>(loading);
  #explanation = $state.raw<Loaded<Explanation>>(loading);
  #extra = $state.raw<readonly ClassIndex[]>([]);

  mode = $state<InspectorMode>('side');
  width = $state(440);
  mapsShown = $state(true);
  kind = $state<MapKind>('kept');
  smooth = $state(true);
  outline = $state(false);
  /** One colour scale for all maps, so that they compare; off: each map over its own range. */
  sharedScale = $state(true);
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
    if (id === null) {
      this.#explanation = loading;
      return;
    }
    const known = this.#cache.use(id);
    this.#explanation = known === undefined ? loading : ready(known);
    const now = performance.now();
    const resting = now - this.#movedAt > settle;
    this.#movedAt = now;
    if (resting) this.#load(id);
    else
      this.#timer = setTimeout(() => {
        this.#load(id);
      }, settle);
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

  /** Other parameters or another mapping: all maps are asked for anew. */
  forget(): void {
    this.#cache.clear();
    if (this.#id !== null) this.retry();
  }

  /** Starts over for another project. */
  reset(): void {
    this.#cache.clear();
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
    if (known === undefined || missing) {
      try {
        const classes = [...this.#extra];
        const explanation = await this.#client.call('explain.get', classes.length === 0 ? { id } : { id, classes });
        this.#cache.set(id, explanation);
        if (this.#id === id) this.#explanation = ready(explanation);
      } catch (error) {
        if (this.#id === id) this.#explanation = failed(error);
        return;
      }
    }
    if (this.#id === id) await this.#prefetch();
  }

  async #prefetch(): Promise<void> {
    const ids = this.#ahead(aheadCount).filter((id) => !this.#cache.has(id));
    if (ids.length === 0) return;
    // Computing ahead is a wish: when it fails the image itself will tell why once it is opened.
    await this.#client.call('explain.prefetch', { ids }).catch(() => null);
  }
}
