/** Reads what a graph does to the products of queries and keys before the softmax: a factor, and nothing else in a plain ViT. */

import { answerOf } from './ask.js';
import { notVit } from './not-vit.js';
import type { Site } from './recognise-blocks.js';
import type { Setting } from './setting.js';

export class ScoresReader {
  readonly #setting: Setting;
  readonly #sites: readonly Site[];
  readonly #block: number;

  constructor(setting: Setting, sites: readonly Site[], block: number) {
    this.#setting = setting;
    this.#sites = sites;
    this.#block = block;
  }

  #refuse(reason: string, hint?: string): Error {
    return notVit(this.#setting.asker.file, `block ${String(this.#block + 1)} ${reason}`, hint);
  }

  /** The factor between the product of queries and keys and the softmax. */
  async scale(): Promise<number> {
    const factors = new Set<number>();
    for (const site of this.#sites) factors.add(await this.#siteScale(site));
    const [factor = 1, ...others] = factors;
    if (others.some((other) => Math.abs(other / factor - 1) > 1e-5)) throw this.#refuse('scales its heads differently');
    return factor;
  }

  async #siteScale(site: Site): Promise<number> {
    const fixed = this.#fixedScale(site);
    if (fixed !== undefined) return fixed;
    const source = site.scores.outputs[0] ?? '';
    const target = site.softmax.inputs[0] ?? '';
    const { asker } = this.#setting;
    const noise = Float32Array.from(
      { length: asker.size(source) },
      (_, at) => Math.sin(at * 12.9898) + Math.cos(at * 0.7853),
    );
    const part = await asker.part([source], [target], `the scores of block ${String(this.#block + 1)}`);
    try {
      const zero = answerOf(await part.run(new Map()), target);
      const found = answerOf(await part.run(new Map([[source, noise]])), target);
      this.#checkOffsets(zero.data, zero.dims.at(-1) ?? 1, target);
      return this.#slope(noise, zero.data, found.data);
    } finally {
      await part.release();
    }
  }

  /** Scores with only scalars between product and softmax. */
  #fixedScale(site: Site): number | undefined {
    const { flow, asker } = this.#setting;
    let factor = 1;
    let name = flow.core(site.softmax.inputs[0] ?? '');
    for (let hops = 0; hops < 8 && name !== site.scores.outputs[0]; hops += 1) {
      const node = flow.producer(name);
      if (node?.op !== 'Mul' && node?.op !== 'Div') return undefined;
      const [data] = flow.dataInputs(node);
      const other = node.inputs.find((input) => input !== data);
      const tensor = other === undefined ? undefined : asker.model.graph.initializers.get(other);
      if (data === undefined || tensor?.type !== 'float32' || tensor.bytes.byteLength !== 4) return undefined;
      if (node.op === 'Div' && node.inputs[0] !== data) return undefined;
      const value = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, 4).getFloat32(0, true);
      factor *= node.op === 'Mul' ? value : 1 / value;
      name = flow.core(data);
    }
    return name === site.scores.outputs[0] ? factor : undefined;
  }

  #checkOffsets(offsets: Float32Array, last: number, target: string): void {
    for (let at = 0; at < offsets.length; at += 1) {
      const difference = Math.abs((offsets[at] ?? 0) - (offsets[at - (at % last)] ?? 0));
      if (difference <= 1e-5) continue;
      if (!(difference < 1000)) {
        throw this.#refuse(
          `masks some tokens ('${target}'), as causal or windowed attention does, so the tokens do not form one set`,
        );
      }
      throw this.#refuse(
        `adds a position bias to its attention scores ('${target}'), as BEiT and Swin do, so where a token lies cannot be separated from what it says`,
        'Models with a position embedding added to the tokens open: ViT, DeiT, DINOv2. For BEiT or Swin no way is known to leave single tokens out.',
      );
    }
  }

  #slope(noise: Float32Array, zero: Float32Array, found: Float32Array): number {
    let [product, square] = [0, 0];
    noise.forEach((value, at) => {
      product += value * ((found[at] ?? 0) - (zero[at] ?? 0));
      square += value * value;
    });
    const slope = product / square;
    const wrong = noise.some(
      (value, at) => !(Math.abs((found[at] ?? 0) - (zero[at] ?? 0) - slope * value) < 1e-4 * (1 + Math.abs(slope))),
    );
    if (wrong || found.length !== noise.length) throw this.#refuse('does more to its attention scores than scale them');
    return slope;
  }
}
