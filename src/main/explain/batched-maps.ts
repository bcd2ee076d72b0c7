/** Runs a graph that turns batches of images and classes into maps over the items of a run. */

import { type Vit, patchCount } from '../model/vit.js';
import { type Feeds, type Session, floatOutput, indices } from '../onnx/runner.js';
import { imagesTensor } from './graph-inputs.js';
import type { Item, Maps, MethodRun, PreparedMethod } from './method.js';

interface BatchedOptions {
  /** Items of one run of the graph. */
  readonly chunk: number;
  /** Backward passes an item takes; with none the graph reads no classes, and an image is run once for all of them. */
  readonly backward: 0 | 1 | 2;
  /** Further inputs of the graph. */
  readonly extra?: (run: MethodRun) => Feeds;
}

/** A method that is one graph: `pixels` and `classes` to `map`. */
export class BatchedMaps implements PreparedMethod {
  readonly #vit: Vit;
  readonly #session: Session;
  readonly #options: BatchedOptions;

  constructor(vit: Vit, session: Session, options: BatchedOptions) {
    this.#vit = vit;
    this.#session = session;
    this.#options = options;
  }

  async run(run: MethodRun): Promise<Maps | null> {
    const { backward } = this.#options;
    const { items, place } =
      backward === 0 ? onePerImage(run.items) : { items: run.items, place: [...run.items.keys()] };
    const maps = await this.#maps(items, run);
    if (maps === null) return null;
    const { gridWidth: width, gridHeight: height } = this.#vit;
    const cost = { forward: items.length, backward: backward * items.length };
    return { width, height, maps: place.map((at) => maps[at] ?? new Float32Array(width * height)), cost };
  }

  async #maps(items: readonly Item[], run: MethodRun): Promise<readonly Float32Array[] | null> {
    const { chunk, extra, backward } = this.#options;
    const total = Math.ceil(items.length / chunk);
    const size = patchCount(this.#vit);
    const maps: Float32Array[] = [];
    for (let from = 0; from < items.length; from += chunk) {
      const some = items.slice(from, from + chunk);
      const classes =
        backward === 0
          ? {}
          : {
              classes: indices(
                some.map(({ classIndex }) => classIndex),
                some.length,
              ),
            };
      const feeds = {
        pixels: imagesTensor(
          this.#vit,
          some.map(({ pixels }) => pixels),
        ),
        ...classes,
        ...extra?.(run),
      };
      const map = floatOutput(await this.#session.run(feeds), 'map');
      for (let at = 0; at < map.length; at += size) maps.push(map.slice(at, at + size));
      if (!(await run.onStep(Math.ceil(maps.length / chunk), total))) return null;
    }
    return maps;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** The items with every image once, and where the map of each given item is among theirs. */
function onePerImage(items: readonly Item[]): { readonly items: readonly Item[]; readonly place: readonly number[] } {
  const first = new Map<Float32Array, number>();
  const once: Item[] = [];
  const place = items.map((item) => {
    const known = first.get(item.pixels);
    if (known !== undefined) return known;
    first.set(item.pixels, once.length);
    once.push(item);
    return once.length - 1;
  });
  return { items: once, place };
}
