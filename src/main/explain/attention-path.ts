/**
 * What TAM, BT-T and BT-H share: a row that says how information flowed to the head, times the gradient of the last
 * block's attention averaged on the straight path from the mid-grey image to the image.
 */

import { type Vit, patchCount, tokenCount } from '../model/vit.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { type CreateSession, type RunTensor, type Session, floatOutput, floats, indices } from '../onnx/runner.js';
import { attentionGradients } from './attention-gradients.js';
import { imageTensor, classesInput, mapOutput, pixelsInput } from './graph-inputs.js';
import { meanOverHeads, positive } from './heads.js';
import { type Item, type Maps, type MethodRun, type PreparedMethod, itemsByImage } from './method.js';
import { patchesOfRow, readRow } from './readout.js';

/**
 * One piece of the path: `pixels [1, ...]` scaled by each of `scales [k]` and differentiated for the class, the gradients
 * added to `total [1, heads, T, T]`. The outputs are the new total and, from it, the map: `flow [1, 1, T]` times the row
 * that the head reads of `mean over heads of max(total / steps, 0)`. The positive part is taken of the average, as
 * published.
 */
function pathGraph(vit: Vit): Model {
  const g = new GraphBuilder('attention_path');
  const tokens = tokenCount(vit);
  const heads = vit.blocks.at(-1)?.attention.layer.heads ?? 1;
  const image = pixelsInput(g, vit, 1);
  const scales = g.input('scales', 'float32', ['k']);
  const classes = classesInput(g, 'k');
  const before = g.input('total_before', 'float32', [1, heads, tokens, tokens]);
  const steps = g.input('steps', 'float32', []);
  const flow = g.input('flow', 'float32', [1, 1, tokens]);
  const pixels = g.mul(image, g.reshape(scales, -1, 1, 1, 1));
  const { gradients } = attentionGradients(g, vit, pixels, classes, 'last');
  const [gradient] = gradients;
  if (gradient === undefined) throw new RangeError('The last block has no gradient');
  const total = g.add(before, g.reduceSum(gradient, 0, true));
  const weight = readRow(g, vit, meanOverHeads(g, positive(g, g.div(total, steps))));
  g.output('total', total, 'float32', [1, heads, tokens, tokens]);
  mapOutput(g, vit, patchesOfRow(g, vit, g.mul(flow, weight)));
  return g.model();
}

/** How information flows to the head in the clean image, as a graph. */
interface Flow {
  /** Whether the flow differs from class to class; then `classes [1]` is an input, and a backward pass is counted. */
  readonly ofClass: boolean;
  /** `pixels [1, ...]` (and `classes [1]`) to the row over the tokens `[1, 1, T]`. */
  readonly row: (g: GraphBuilder, vit: Vit, pixels: Value, classes: Value | null) => Value;
}

function flowGraph(vit: Vit, flow: Flow): Model {
  const g = new GraphBuilder('attention_flow');
  const pixels = pixelsInput(g, vit, 1);
  const classes = flow.ofClass ? classesInput(g, 1) : null;
  g.output('flow', flow.row(g, vit, pixels, classes), 'float32', [1, 1, tokenCount(vit)]);
  return g.model();
}

/** Points of the path in one run. */
const chunk = 4;

/** `count` numbers from 0 to 1, both included. */
function evenlySpaced(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at / Math.max(1, count - 1));
}

/** A method over a {@link Flow}; its parameter is `steps`. */
export class AttentionPath implements PreparedMethod {
  readonly #vit: Vit;
  readonly #flow: Flow;
  readonly #flowSession: Session;
  readonly #pathSession: Session;

  private constructor(vit: Vit, flow: Flow, flowSession: Session, pathSession: Session) {
    this.#vit = vit;
    this.#flow = flow;
    this.#flowSession = flowSession;
    this.#pathSession = pathSession;
  }

  static async create(vit: Vit, createSession: CreateSession, flow: Flow): Promise<AttentionPath> {
    const flowSession = await createSession(flowGraph(vit, flow));
    return new AttentionPath(vit, flow, flowSession, await createSession(pathGraph(vit)));
  }

  async run({ items, parameters, onStep }: MethodRun): Promise<Maps | null> {
    const scales = evenlySpaced(parameters.steps ?? 0);
    const total = items.length * Math.ceil(scales.length / chunk);
    let done = 0;
    const step = (): Promise<boolean> => onStep(++done, total);
    const maps: Float32Array[] = [];
    for (const { places } of itemsByImage(items)) {
      let flow: RunTensor | undefined;
      for (const place of places) {
        const item = items[place];
        if (item === undefined) continue;
        if (flow === undefined || this.#flow.ofClass) flow = await this.#flowOf(item);
        const map = await this.#along(item, flow, scales, step);
        if (map === null) return null;
        maps[place] = map;
      }
    }
    const { gridWidth: width, gridHeight: height } = this.#vit;
    return { width, height, maps, cost: this.#cost(items, scales.length) };
  }

  #cost(items: readonly Item[], steps: number): Maps['cost'] {
    const flows = this.#flow.ofClass ? items.length : itemsByImage(items).length;
    return {
      forward: flows + items.length * steps,
      backward: (this.#flow.ofClass ? items.length : 0) + items.length * steps,
    };
  }

  async #flowOf(item: Item): Promise<RunTensor> {
    const classes = this.#flow.ofClass ? { classes: indices([item.classIndex], 1) } : {};
    const outputs = await this.#flowSession.run({ pixels: imageTensor(this.#vit, item.pixels), ...classes });
    return floats(floatOutput(outputs, 'flow'), 1, 1, tokenCount(this.#vit));
  }

  async #along(
    item: Item,
    flow: RunTensor,
    scales: readonly number[],
    step: () => Promise<boolean>,
  ): Promise<Float32Array | null> {
    const tokens = tokenCount(this.#vit);
    const heads = this.#vit.blocks.at(-1)?.attention.layer.heads ?? 1;
    let total = new Float32Array(heads * tokens * tokens);
    let map = new Float32Array(patchCount(this.#vit));
    for (let from = 0; from < scales.length; from += chunk) {
      const some = scales.slice(from, from + chunk);
      const outputs = await this.#pathSession.run({
        pixels: imageTensor(this.#vit, item.pixels),
        scales: floats(Float32Array.from(some), some.length),
        classes: indices(
          some.map(() => item.classIndex),
          some.length,
        ),
        total_before: floats(total, 1, heads, tokens, tokens),
        steps: floats(Float32Array.of(scales.length)),
        flow,
      });
      total = new Float32Array(floatOutput(outputs, 'total'));
      map = new Float32Array(floatOutput(outputs, 'map'));
      if (!(await step())) return null;
    }
    return map;
  }

  async release(): Promise<void> {
    await this.#flowSession.release();
    await this.#pathSession.release();
  }
}
