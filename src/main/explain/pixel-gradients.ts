/** What Integrated Gradients and SmoothGrad share: gradients of a class's logit with respect to the pixels of many variants of an image, added up. */

import type { MethodParameters } from '../../shared/methods.js';
import { type Vit, classCount } from '../model/vit.js';
import { embed, encode } from '../model/vit-graph.js';
import { chosenScalar } from '../onnx/autodiff/chosen-scalar.js';
import { differentiate } from '../onnx/autodiff/differentiate.js';
import { GraphBuilder, type Value } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { type CreateSession, type Session, floatOutput, floats, indices } from '../onnx/runner.js';
import { imageTensor, classesInput, pixelsInput } from './graph-inputs.js';
import type { Maps, MethodRun, PreparedMethod } from './method.js';

/** The variants of an image and what the gradient at each contributes to the map. */
export interface Sampling {
  readonly name: string;
  /** Shape of one sample, without the batch. */
  readonly sample: (vit: Vit) => readonly number[];
  /** `image [1, channels, H, W]` and `samples [k, ...]` to the variants `[k, channels, H, W]`. */
  readonly variants: (g: GraphBuilder, image: Value, samples: Value) => Value;
  /** `gradients` at the variants to contributions of the same shape `[k, channels, H, W]`. */
  readonly contribution: (g: GraphBuilder, gradients: Value, image: Value) => Value;
  /** The samples of a run and the weight of each. */
  readonly draw: (vit: Vit, parameters: MethodParameters) => Samples;
}

export interface Samples {
  readonly weights: Float32Array;
  /** Samples from `from` up to but not including `to`, asked for in order and each once, back to back. */
  readonly next: (from: number, to: number) => Float32Array;
}

/** `pixels [1, ...]`, `samples [k, ...]`, `weights [k]`, `classes [k]`: adds the weighted contributions to `before [H, W]`. */
function samplingGraph(vit: Vit, sampling: Sampling): Model {
  const g = new GraphBuilder(sampling.name);
  const plane = [vit.inputHeight, vit.inputWidth];
  const image = pixelsInput(g, vit, 1);
  const samples = g.input('samples', 'float32', ['k', ...sampling.sample(vit)]);
  const weights = g.input('weights', 'float32', ['k']);
  const classes = classesInput(g, 'k');
  const before = g.input('before', 'float32', plane);
  const variants = sampling.variants(g, image, samples);
  const { logits } = encode(g, vit, embed(g, vit, variants), { blockOutputs: false });
  const [gradients] = differentiate(g, chosenScalar(g, logits, classes, classCount(vit)), [variants]);
  if (gradients === undefined) throw new RangeError('The pixels have no gradient');
  const weighted = g.mul(sampling.contribution(g, gradients, image), g.reshape(weights, -1, 1, 1, 1));
  const sum = g.op('ReduceSum', [weighted, g.ints(0, 1)], { keepdims: 0 });
  g.output('map', g.add(before, sum), 'float32', plane);
  return g.model();
}

/** Variants of one run; measured: larger batches leave the processor's cache. */
const chunk = 4;

export class PixelGradients implements PreparedMethod {
  readonly #vit: Vit;
  readonly #sampling: Sampling;
  readonly #session: Session;

  private constructor(vit: Vit, sampling: Sampling, session: Session) {
    this.#vit = vit;
    this.#sampling = sampling;
    this.#session = session;
  }

  static async create(vit: Vit, createSession: CreateSession, sampling: Sampling): Promise<PixelGradients> {
    return new PixelGradients(vit, sampling, await createSession(samplingGraph(vit, sampling)));
  }

  run(run: MethodRun): Promise<Maps | null> {
    return this.runWith(run, this.#sampling.draw(this.#vit, run.parameters));
  }

  /** The same with given samples: every item is explained with all of them. */
  async runWith({ items, onStep }: MethodRun, { weights, next }: Samples): Promise<Maps | null> {
    const { inputHeight: height, inputWidth: width } = this.#vit;
    const maps = items.map(() => new Float32Array(width * height));
    const total = items.length * Math.ceil(weights.length / chunk);
    let done = 0;
    for (let from = 0; from < weights.length; from += chunk) {
      const to = Math.min(from + chunk, weights.length);
      const count = to - from;
      const samples = floats(next(from, to), count, ...this.#sampling.sample(this.#vit));
      for (const [place, { pixels, classIndex }] of items.entries()) {
        const outputs = await this.#session.run({
          pixels: imageTensor(this.#vit, pixels),
          samples,
          weights: floats(weights.slice(from, to), count),
          classes: indices(new Array<number>(count).fill(classIndex), count),
          before: floats(maps[place] ?? new Float32Array(width * height), height, width),
        });
        maps[place] = new Float32Array(floatOutput(outputs, 'map'));
        if (!(await onStep(++done, total))) return null;
      }
    }
    const passes = items.length * weights.length;
    return { width, height, maps, cost: { forward: passes, backward: passes } };
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
