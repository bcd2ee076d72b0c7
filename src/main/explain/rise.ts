/** RISE (Petsiuk et al., BMVC 2018): random masks over the image, weighted by the logit of what is left of it. */

import type { MethodParameters } from '../../shared/methods.js';
import type { Vit } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuse } from '../onnx/passes/fuse.js';
import { type CreateSession, type RunTensor, type Session, floatOutput, floats, indices } from '../onnx/runner.js';
import { imageTensor, pixelsInput } from './graph-inputs.js';
import { type Maps, type Method, type MethodRun, type PreparedMethod, itemsByImage } from './method.js';
import { type RiseDraw, drawRiseMasks, enlargedSize, enlargingMatrix } from './rise-masks.js';

/** Rows `[m, size]` of the enlarging matrix that each mask's crop takes along an axis, as weights `[m, size, cells]`. */
function cropped(g: GraphBuilder, size: number, cells: number, shifts: Value): Value {
  const matrix = g.floats(enlargingMatrix(size, cells), [enlargedSize(size, cells), cells]);
  const range = g.ints(...Array.from({ length: size }, (_, at) => at));
  return g.gather(matrix, g.add(g.reshape(shifts, -1, 1), g.reshape(range, 1, -1)), 0);
}

/** Grids `[m, cells, cells]` and shifts `[m, 2]` to masks `[m, H, W]`: enlarging is linear along each axis, cropping takes rows of it. */
function riseMasks(g: GraphBuilder, vit: Vit, cells: number, grids: Value, shifts: Value): Value {
  const rows = cropped(g, vit.inputHeight, cells, g.slice(shifts, 1, 0, 1));
  const columns = cropped(g, vit.inputWidth, cells, g.slice(shifts, 1, 1, 2));
  return g.matMul(g.matMul(rows, grids), g.transpose(columns, 0, 2, 1));
}

/**
 * `pixels [1, ...]`, `grids`, `shifts` and the wanted `classes [c]`: adds to `before [c, H, W]` the masks weighted by the
 * classes' scores. The scores are logits: the published wrapper hands over the bare model.
 */
function riseGraph(vit: Vit, cells: number): Model {
  const g = new GraphBuilder('rise');
  const { inputHeight: height, inputWidth: width } = vit;
  const image = pixelsInput(g, vit, 1);
  const grids = g.input('grids', 'float32', ['m', cells, cells]);
  const shifts = g.input('shifts', 'int64', ['m', 2]);
  const classes = g.input('classes', 'int64', ['c']);
  const before = g.input('before', 'float32', ['c', height, width]);
  const masks = riseMasks(g, vit, cells, grids, shifts);
  const hidden = g.mul(image, g.op('Unsqueeze', [masks, g.ints(1)]));
  const { logits } = encode(g, vit, embed(g, vit, hidden), { blockOutputs: false });
  const scores = g.transpose(g.gather(logits, classes, 1), 1, 0);
  const sums = g.reshape(g.matMul(scores, g.reshape(masks, 0, height * width)), 0, height, width);
  g.output('scores', scores, 'float32', ['c', 'm']);
  g.output('sums', g.add(before, sums), 'float32', ['c', height, width]);
  return fuse(g.model(), 'cpu');
}

/** Masks of one run; measured on ViT-Tiny and the demo ViT: from 4 to 16 differences are within the noise of the machine. */
const chunk = 8;

/** What the masks of one image came to. */
interface Scored {
  /** Sums of score times mask, `[classes, H, W]`. */
  readonly sums: Float32Array;
  /** `[classes, masks]`. */
  readonly scores: Float32Array;
}

/** RISE on one model; graphs are made for each number of cells. */
export class Rise implements PreparedMethod {
  readonly #vit: Vit;
  readonly #createSession: CreateSession;
  #session: Promise<Session> | null = null;
  #cells = 0;

  constructor(vit: Vit, createSession: CreateSession) {
    this.#vit = vit;
    this.#createSession = createSession;
  }

  run(run: MethodRun): Promise<Maps | null> {
    const { masks = 1, cells = 2, keep = 0.5, seed = 0 } = run.parameters;
    const { inputHeight, inputWidth } = this.#vit;
    const draw = drawRiseMasks({ count: masks, cells, keep, seed }, inputHeight, inputWidth);
    return this.runWith(run, draw);
  }

  /** The same with given masks. `map = sum_i score_i mask_i / (masks * keep)`. */
  async runWith({ items, parameters, onStep }: MethodRun, draw: RiseDraw): Promise<Maps | null> {
    const { inputHeight: height, inputWidth: width } = this.#vit;
    const images = itemsByImage(items);
    const total = images.length * Math.ceil(draw.count / chunk);
    const maps: Float32Array[] = items.map(() => new Float32Array(0));
    let done = 0;
    for (const { pixels, places } of images) {
      const classes = places.map((place) => items[place]?.classIndex ?? 0);
      const scored = await this.score(pixels, classes, draw, parameters, () => onStep(++done, total));
      if (scored === null) return null;
      const norm = draw.count * (parameters.keep ?? 1);
      for (const [row, place] of places.entries()) {
        const sums = scored.sums.subarray(row * height * width, (row + 1) * height * width);
        maps[place] = sums.map((sum) => sum / norm);
      }
    }
    return { width, height, maps, cost: { forward: images.length * draw.count, backward: 0 } };
  }

  /** Scores of all masks for classes of an image `pixels`; null when `step` says to stop. */
  async score(
    pixels: Float32Array,
    classes: readonly number[],
    { count, grids, shifts }: RiseDraw,
    { cells = 2 }: MethodParameters,
    step: () => Promise<boolean>,
  ): Promise<Scored | null> {
    const { inputHeight: height, inputWidth: width } = this.#vit;
    const session = await this.#sessionFor(cells);
    const image = imageTensor(this.#vit, pixels);
    const wanted = indices(classes, classes.length);
    const scores = new Float32Array(classes.length * count);
    let sums: RunTensor = floats(new Float32Array(classes.length * height * width), classes.length, height, width);
    for (let from = 0; from < count; from += chunk) {
      const to = Math.min(from + chunk, count);
      const outputs = await session.run({
        pixels: image,
        grids: floats(grids.slice(from * cells * cells, to * cells * cells), to - from, cells, cells),
        shifts: indices(shifts.subarray(from * 2, to * 2), to - from, 2),
        classes: wanted,
        before: sums,
      });
      sums = floats(new Float32Array(floatOutput(outputs, 'sums')), classes.length, height, width);
      const some = floatOutput(outputs, 'scores');
      for (let row = 0; row < classes.length; row += 1) {
        scores.set(some.subarray(row * (to - from), (row + 1) * (to - from)), row * count + from);
      }
      if (!(await step())) return null;
    }
    return { sums: sums.type === 'float32' ? sums.data : new Float32Array(0), scores };
  }

  #sessionFor(cells: number): Promise<Session> {
    if (this.#session !== null && this.#cells === cells) return this.#session;
    const earlier = this.#session;
    this.#cells = cells;
    const next = Promise.resolve(earlier)
      .then((session) => session?.release())
      .then(() => this.#createSession(riseGraph(this.#vit, cells)));
    this.#session = next;
    // What could not be made is tried again, not remembered.
    next.catch(() => {
      if (this.#session === next) this.#session = null;
    });
    return next;
  }

  async release(): Promise<void> {
    await (await this.#session)?.release();
    this.#session = null;
  }
}

export const rise: Method = {
  id: 'rise',
  copies: 4,
  refusal: () => null,
  prepare: (vit, createSession) => Promise.resolve(new Rise(vit, createSession)),
};
