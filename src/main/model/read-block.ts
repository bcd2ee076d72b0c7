/** Reads one Transformer block off a graph: norms, attention, feed-forward layer and how they join the residual stream. */

import type { Node } from '../onnx/graph.js';
import { matchActivation, pointwiseArguments } from './match-activation.js';
import { scaledColumns, vectorWeight } from './graph-weight.js';
import { notVit } from './not-vit.js';
import { AttentionReader, attentionSources, attentionWanted, matrixOf, outputsOf } from './read-attention.js';
import { readNorm } from './read-norm.js';
import { type Reading, type Source, takeReadings } from './readings.js';
import type { Setting } from './setting.js';
import type { BlockSite, BranchSite } from './recognise-blocks.js';
import type { Block, Branch, FeedForward, Linear, Norm } from './vit.js';
import { type Weight, columnsOf, reorderedColumns } from './weight.js';

/** A linear layer, its bias found right behind it. */
export interface Biased {
  readonly linear: Linear;
  /** The value after the bias, in the layout of the product. */
  readonly output: string;
  /** What is still added to `output`, by column: a bias in another layout. */
  readonly offsets: Float32Array | null;
}

/** The layer of a product with its bias when the only thing that follows is an addition of a constant. */
export function biasedLinear(setting: Setting, node: Node): Biased {
  const { flow, asker, weights } = setting;
  const [product = ''] = node.outputs;
  const outputs = outputsOf(setting, node);
  const weight = matrixOf(setting, node);
  const plain: Linear = { inputs: weight.dims[0] ?? 0, outputs, weight, bias: null };
  const nodes = new Set(flow.onward(product).map((reached) => reached.node));
  const [next, ...others] = nodes;
  if (next?.op !== 'Add' || others.length > 0 || flow.dataInputs(next).length !== 1)
    return { linear: plain, output: product, offsets: null };
  const constant = next.inputs.find((input) => !flow.isData(input)) ?? '';
  const dims = asker.dims(constant);
  const spread = dims.at(-1) === outputs && asker.size(constant) === outputs;
  if (!spread || asker.dims(next.outputs[0] ?? '').at(-1) !== outputs)
    return { linear: plain, output: product, offsets: null };
  return {
    linear: { ...plain, bias: weights.weight(constant, [outputs]) },
    output: next.outputs[0] ?? product,
    offsets: null,
  };
}

/** Like {@link biasedLinear}, also where the bias is added in another layout (channels first): then it is read off. */
async function measuredLinear(setting: Setting, node: Node): Promise<Biased> {
  const found = biasedLinear(setting, node);
  const { flow, asker } = setting;
  const [product = ''] = node.outputs;
  const [next] = flow.onward(product).map((reached) => reached.node);
  if (found.linear.bias !== null || next?.op !== 'Add' || flow.dataInputs(next).length !== 1) return found;
  const [sum = ''] = next.outputs;
  const { outputs } = found.linear;
  const { readings } = await takeReadings(asker, [{ name: product, firstColumn: 0 }], [sum], `'${sum}'`);
  const reading = readings.get(sum);
  if (!reading?.factor.every((factor) => factor === 1)) return found;
  const offsets = new Float32Array(outputs);
  reading.offset.forEach((offset, at) => {
    offsets[reading.column[at] ?? 0] = offset;
  });
  const same = reading.offset.every((offset, at) => offset === offsets[reading.column[at] ?? -1]);
  return same ? { linear: { ...found.linear, bias: vectorWeight(offsets) }, output: product, offsets } : found;
}

/** What a branch does between its last layer and the sum: bias, LayerScale, a norm in between. */
interface Ending {
  readonly out: Linear;
  readonly inside: Norm | null;
  readonly layerScale: Weight | null;
}

export class BlockReader {
  readonly #setting: Setting;
  readonly #site: BlockSite;
  readonly #index: number;

  constructor(setting: Setting, site: BlockSite, index: number) {
    this.#setting = setting;
    this.#site = site;
    this.#index = index;
  }

  /** @throws AppError `MODEL_NOT_VIT` naming the block and what it does. */
  async read(): Promise<Block> {
    const { attention, feedForward } = this.#site;
    const { part } = attention;
    if (part.kind !== 'attention' || feedForward.part.kind !== 'feed-forward')
      throw new RangeError('Parts are in order');
    this.#refuseInnerNorms(
      part.norms,
      part.sites.map(({ mix }) => mix),
    );
    const inputs: Biased[] = [];
    for (const node of feedForward.part.inputs) inputs.push(await measuredLinear(this.#setting, node));
    const given = new Map(
      inputs.map(({ output }, layer) => [output, pointwiseArguments(this.#setting.asker.size(output), layer)]),
    );
    const [inner = ''] = feedForward.out.inputs;
    const { readings, functions } = await takeReadings(
      this.#setting.asker,
      [...attentionSources(this.#setting, part), ...this.#endSources(attention), ...this.#endSources(feedForward)],
      [...attentionWanted(attention, part), ...this.#endWanted(attention), ...this.#endWanted(feedForward)],
      `block ${String(this.#index + 1)}`,
      given,
      [inner],
    );
    const first = this.#ending(attention, readings);
    const second = this.#ending(feedForward, readings);
    const reader = new AttentionReader(this.#setting, attention, part, readings, this.#index);
    const made = functions.get(inner)?.data ?? new Float32Array();
    return {
      attention: this.#branch(attention, await reader.read(first.out), first),
      feedForward: this.#branch(feedForward, this.#feedForward(inputs, made, second.out), second),
    };
  }

  #refuse(reason: string): Error {
    return notVit(this.#setting.asker.file, `block ${String(this.#index + 1)} ${reason}`);
  }

  #refuseInnerNorms(norms: readonly Node[], mixes: readonly Node[]): void {
    for (const norm of norms) {
      const before = this.#setting.flow.regionBefore(norm.inputs[0] ?? '', new Set());
      if (mixes.some((mix) => before.nodes.includes(mix))) {
        throw this.#refuse('normalises the result of its attention before projecting it, which a plain ViT does not');
      }
    }
  }

  #norm(node: Node | null): Norm | null {
    return node === null ? null : readNorm(this.#setting.weights, node, this.#setting.width);
  }

  #endSources({ out, inside }: BranchSite): readonly Source[] {
    const names = [out.outputs[0] ?? '', ...(inside ? [inside.outputs[0] ?? ''] : [])];
    return names.map((name) => ({ name, firstColumn: 0 }));
  }

  #endWanted({ inside, result }: BranchSite): readonly string[] {
    return [...(inside ? [inside.inputs[0] ?? ''] : []), result];
  }

  /** Factor and offset of every column, the same for all rows. */
  #perColumn(reading: Reading | undefined, name: string): { factor: Float32Array; offset: Float32Array } {
    const { width } = this.#setting;
    if (!reading) throw new RangeError(`'${name}' was not read`);
    const [factor, offset] = [reading.factor.slice(0, width), reading.offset.slice(0, width)];
    for (let at = 0; at < reading.offset.length; at += 1) {
      const column = at % width;
      const [f = 0, o = 0] = [factor[column], offset[column]];
      const moved = f !== 0 && Math.abs(f) > 1e-9 && reading.column[at] !== column;
      const other = !(Math.abs((reading.factor[at] ?? 0) - f) <= 1e-5 * (1 + Math.abs(f))) || !(Math.abs((reading.offset[at] ?? 0) - o) <= 1e-5 * (1 + Math.abs(o))); // prettier-ignore
      if (moved || other)
        throw this.#refuse(`treats the tokens of a branch differently ('${name}'), which a plain ViT does not`);
    }
    return { factor, offset };
  }

  #ending(branch: BranchSite, readings: ReadonlyMap<string, Reading>): Ending {
    const { out, inside, result } = branch;
    const weight = matrixOf(this.#setting, out);
    const plain = { inputs: weight.dims[0] ?? 0, outputs: weight.dims[1] ?? 0 };
    if (plain.outputs !== this.#setting.width)
      throw this.#refuse('adds a branch of another width to the residual stream');
    const end = this.#perColumn(readings.get(result), result);
    const scale = scaleWeight(end.factor);
    if (inside) {
      const [name = ''] = inside.inputs;
      const inner = this.#perColumn(readings.get(name), name);
      if (end.offset.some((value) => value !== 0)) throw this.#refuse('shifts a normalised branch');
      const bias = vectorOrNull(inner.offset);
      return {
        out: { ...plain, weight: scaledColumns(weight, inner.factor), bias },
        inside: this.#norm(inside),
        layerScale: scale,
      };
    }
    // A factor of zero would lose the bias behind it: then both stay with the layer.
    const { linear: biased, output } = biasedLinear(this.#setting, out);
    if (scale === null && output === this.#setting.flow.core(result))
      return { out: biased, inside: null, layerScale: null };
    if (scale !== null && end.factor.every((factor) => Math.abs(factor) > 1e-9)) {
      const bias = biased.bias ?? vectorOrNull(end.offset.map((value, at) => value / (end.factor[at] ?? 1)));
      return { out: { ...plain, weight, bias }, inside: null, layerScale: scale };
    }
    return {
      out: { ...plain, weight: scaledColumns(weight, end.factor), bias: vectorOrNull(end.offset) },
      inside: null,
      layerScale: null,
    };
  }

  #branch<Layer>(site: BranchSite, layer: Layer, { inside, layerScale }: Ending): Branch<Layer> {
    return { before: this.#norm(site.before), layer, inside, layerScale, after: this.#norm(site.after) };
  }

  #feedForward(inputs: readonly Biased[], made: Float32Array, out: Linear): FeedForward {
    const [first, second] = inputs;
    const found =
      first && inputs.length <= 2
        ? matchActivation(
            inputs.map(({ linear, offsets }) => ({ width: linear.outputs, offsets })),
            out.inputs,
            made,
          )
        : undefined;
    if (!first || !found) {
      throw this.#refuse(
        'has a feed-forward layer whose activation is none of GELU (exact, tanh, quick), ReLU, SiLU and tanh, plain or gated',
      );
    }
    const { activation, gate } = found;
    if (gate === null) return { in: first.linear, gate: null, activation, out };
    if (second) {
      const [gated, other] = gate.source === 0 ? [first, second] : [second, first];
      return { in: other.linear, gate: gated.linear, activation, out };
    }
    return { in: part(first.linear, gate.values), gate: part(first.linear, gate.gates), activation, out };
  }
}

/** Some columns of a layer, in a given order. */
function part(linear: Linear, columns: readonly number[]): Linear {
  const [from = 0] = columns;
  const pick = (weight: Weight): Weight =>
    columns.every((column, index) => column === from + index)
      ? columnsOf(weight, from, from + columns.length)
      : reorderedColumns(weight, columns);
  return {
    inputs: linear.inputs,
    outputs: columns.length,
    weight: pick(linear.weight),
    bias: linear.bias && pick(linear.bias),
  };
}

function scaleWeight(factors: Float32Array): Weight | null {
  return factors.every((factor) => factor === 1) ? null : vectorWeight(factors);
}

function vectorOrNull(values: Float32Array): Weight | null {
  return values.every((value) => value === 0) ? null : vectorWeight(values);
}
