/** Runs a graph that turns batches of images and classes into maps over the items of a run. */

import { type Vit, patchCount, prefixCount } from '../model/vit.js';
import type { GraphBuilder, Value } from '../onnx/builder.js';
import { type Feeds, type RunTensor, type Session, floatOutput, floats, indices } from '../onnx/runner.js';
import type { Item, Maps, MethodRun, PreparedMethod } from './method.js';

/** The input `pixels` `[batch, channels, H, W]`. */
export function pixelsInput(g: GraphBuilder, vit: Vit, batch: number | string = 'batch'): Value {
  return g.input('pixels', 'float32', [batch, vit.channels, vit.inputHeight, vit.inputWidth]);
}

/** The input `classes` `[batch]`: one class an image. */
export function classesInput(g: GraphBuilder, batch: number | string = 'batch'): Value {
  return g.input('classes', 'int64', [batch]);
}

/** Names the output `map` `[batch, N]`. */
export function mapOutput(g: GraphBuilder, vit: Vit, map: Value): void {
  g.output('map', map, 'float32', ['batch', patchCount(vit)]);
}

/** Images back to back as one tensor. */
function pixelsOf(vit: Vit, items: readonly Item[]): RunTensor {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  const pixels = new Float32Array(items.length * size);
  for (const [place, item] of items.entries()) pixels.set(item.pixels, place * size);
  return floats(pixels, items.length, vit.channels, vit.inputHeight, vit.inputWidth);
}

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
      const feeds = { pixels: pixelsOf(this.#vit, some), ...classes, ...extra?.(run) };
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

/** Tokens of a whole image, prefix included. */
export function tokenCount(vit: Vit): number {
  return prefixCount(vit) + patchCount(vit);
}
