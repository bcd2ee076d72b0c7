/** Fetches the maps that a sheet of one image lacks, cheap methods first, and keeps those of the images before. */

import { SvelteMap } from 'svelte/reactivity';

import type { ClassIndex, ImageId } from '../../shared/audit.js';
import { AppError, toAppError } from '../../shared/errors.js';
import type { Events } from '../../shared/events.js';
import type { CostClass } from '../../shared/methods.js';
import { rowFacts, type RowId, type RowMap } from '../../shared/sheet-rows.js';
import type { Client } from './client.js';
import { LruMap } from './lru.js';

/** Maps kept in memory; the largest are some 200 kB each. */
const kept = 600;
/** Images passed by faster than this, in milliseconds, are not explained on the way. */
const restAfter = 140;

/** The maps of a sheet. */
export interface MapWish {
  readonly id: ImageId;
  /** In the order of the sheet. */
  readonly methods: readonly RowId[];
  readonly classes: readonly ClassIndex[];
}

/** A call under way, in runs of a graph or in masks; a total of 0 is not known yet. */
export type MapProgress = Events['mapProgress'];

const order: Readonly<Record<CostClass, number>> = { light: 0, medium: 1, heavy: 2 };

/** Cheap ones first; of those that cost the same the contrast, beside which TIS may find its maps made. */
function turnOf(id: RowId): number {
  const { cost, contrasts } = rowFacts(id);
  return order[cost] - (contrasts ? 0.5 : 0);
}

export class MapQueue {
  readonly #client: Client;
  readonly #cache = new LruMap<string, RowMap>(kept);
  #id: ImageId | null = null;
  #wish: MapWish | null = null;
  #turn = 0;
  #cancelling = 0;
  #restsAt = 0;
  #movedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #arrived = $state(0);
  #running = $state.raw<MapProgress | null>(null);
  readonly #errors = new SvelteMap<RowId, AppError>();
  #stopped = $state(false);

  constructor(client: Client) {
    this.#client = client;
  }

  get running(): MapProgress | null {
    return this.#running;
  }
  /** Why methods gave this image no maps. */
  get errors(): ReadonlyMap<RowId, AppError> {
    return this.#errors;
  }
  /** Whether a person stopped the fetching for this image. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The map when it is there; a method that gives all classes one map has it for each. */
  map(id: ImageId, method: RowId, classIndex: ClassIndex): RowMap | null {
    return this.#arrived < 0 ? null : (this.#cache.peek(keyOf(id, method, classIndex)) ?? null);
  }

  /** Replaces the wish; what is under way and no longer wanted is given up. Null wants nothing. */
  want(wish: MapWish | null): void {
    if (wish !== null && wish.id !== this.#id) {
      const now = performance.now();
      this.#restsAt = now - this.#movedAt > restAfter ? now : now + restAfter;
      this.#movedAt = now;
      this.#id = wish.id;
      this.#errors.clear();
      this.#stopped = false;
    }
    this.#wish = wish;
    this.#touch();
    const running = this.#running;
    if (running !== null && (wish?.id !== running.id || !wish.methods.includes(running.method))) void this.#cancel();
    else this.#start();
  }

  /** Gives up what is under way and fetches nothing more for this image until {@link resume}. */
  stop(): void {
    this.#stopped = true;
    void this.#cancel();
  }

  resume(): void {
    this.#stopped = false;
    this.#start();
  }

  /** Asks a method again after its error. */
  retry(method: RowId): void {
    this.#errors.delete(method);
    this.resume();
  }

  /** Takes news of the call under way. */
  follow(progress: MapProgress): void {
    const running = this.#running;
    if (running?.id === progress.id && running.method === progress.method) this.#running = progress;
  }

  /** Forgets all maps: another project, or other parameters. */
  clear(): void {
    this.#cache.clear();
    this.#errors.clear();
    this.#id = null;
    this.#arrived += 1;
    this.want(null);
  }

  #start(): void {
    clearTimeout(this.#timer);
    const wait = this.#restsAt - performance.now();
    if (wait > 0) this.#timer = setTimeout(() => void this.#work(), wait);
    else void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#running !== null || this.#cancelling > 0) return;
    const turn = this.#turn;
    for (let step = this.#next(); step !== null; step = this.#next()) {
      const { id, method, classes } = step;
      this.#running = { id, method, done: 0, total: 0 };
      await this.#fetch(id, method, classes, turn);
      if (turn !== this.#turn) return;
      this.#running = null;
    }
  }

  /** The cheapest method that lacks maps, with the classes it lacks. */
  #next(): { readonly id: ImageId; readonly method: RowId; readonly classes: ClassIndex[] } | null {
    const wish = this.#wish;
    if (wish === null || this.#stopped) return null;
    const cheapFirst = [...wish.methods].sort((a, b) => turnOf(a) - turnOf(b));
    for (const method of cheapFirst) {
      if (this.#errors.has(method)) continue;
      const wanted = rowFacts(method).classIndependent ? wish.classes.slice(0, 1) : wish.classes;
      const classes = wanted.filter((classIndex) => !this.#cache.has(keyOf(wish.id, method, classIndex)));
      if (classes.length > 0) return { id: wish.id, method, classes };
    }
    return null;
  }

  async #fetch(id: ImageId, method: RowId, classes: ClassIndex[], turn: number): Promise<void> {
    try {
      const maps = await this.#client.call('compare.maps', { id, method, classes });
      for (const map of maps) this.#cache.set(keyOf(id, method, map.classIndex), map);
      this.#arrived += 1;
      if (classes.some((classIndex) => !this.#cache.has(keyOf(id, method, classIndex)))) {
        throw new AppError('INTERNAL', 'The map of a class did not come.', 'Try again.');
      }
    } catch (error) {
      if (turn !== this.#turn) return;
      const known = toAppError(error);
      if (known.code === 'CANCELLED') this.#stopped = true;
      else this.#errors.set(method, known);
    }
  }

  async #cancel(): Promise<void> {
    if (this.#running === null) return;
    this.#turn += 1;
    this.#running = null;
    this.#cancelling += 1;
    // Nothing is lost when this fails: the answer of the call comes and is kept.
    await this.#client.call('compare.cancel', undefined).catch(() => null);
    this.#cancelling -= 1;
    this.#start();
  }

  /** The maps of the present sheet are the last to be let go. */
  #touch(): void {
    const wish = this.#wish;
    if (wish === null) return;
    for (const method of wish.methods) {
      for (const classIndex of wish.classes) this.#cache.use(keyOf(wish.id, method, classIndex));
    }
  }
}

function keyOf(id: ImageId, method: RowId, classIndex: ClassIndex): string {
  return `${String(id)} ${method} ${rowFacts(method).classIndependent ? 'any' : String(classIndex)}`;
}
