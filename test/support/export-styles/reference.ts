/** The same classifiers by the plainest operators for any number of tokens: what every export style is compared with. */

import { GraphBuilder, type Value } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { floatTensor } from '../../../src/main/onnx/tensor.js';
import { type Architecture, patches, tokens } from './architecture.js';
import {
  type BlockParameters,
  type LinearParameters,
  type NormParameters,
  type Numbers,
  type Parameters,
  transposed,
} from './parameters.js';

class Reference {
  readonly g: GraphBuilder;

  constructor(
    readonly a: Architecture,
    readonly p: Parameters,
    name: string,
  ) {
    this.g = new GraphBuilder(name);
  }

  weight(numbers: Numbers): Value {
    return this.g.constant(floatTensor(numbers.data, numbers.dims));
  }

  mean(x: Value, axis: number, keep: boolean): Value {
    return this.g.op('ReduceMean', [x, this.g.ints(axis)], { keepdims: keep ? 1 : 0 });
  }

  norm(x: Value, { kind, scale, shift, epsilon }: NormParameters): Value {
    const { g } = this;
    const centred = kind === 'layer' ? g.sub(x, this.mean(x, -1, true)) : x;
    const variance = this.mean(g.mul(centred, centred), -1, true);
    const unit = g.div(centred, g.op('Sqrt', [g.add(variance, g.float(epsilon))]));
    const scaled = g.mul(unit, this.weight(scale));
    return shift ? g.add(scaled, this.weight(shift)) : scaled;
  }

  linear(x: Value, { weight, bias }: LinearParameters): Value {
    const product = this.g.matMul(x, this.weight(transposed(weight)));
    return bias ? this.g.add(product, this.weight(bias)) : product;
  }

  activation(x: Value): Value {
    const { g } = this;
    switch (this.a.activation) {
      case 'gelu':
        return g.op('Gelu', [x]);
      case 'gelu-tanh':
        return g.op('Gelu', [x], { approximate: 'tanh' });
      case 'quick-gelu':
        return g.mul(x, g.op('Sigmoid', [g.mul(x, g.float(1.702))]));
      case 'relu':
        return g.op('Relu', [x]);
      case 'silu':
        return g.mul(x, g.op('Sigmoid', [x]));
    }
  }

  /** `[B, S, H d]` to `[B, H, S, d]`. */
  heads(x: Value): Value {
    return this.g.transpose(this.g.reshape(x, 0, 0, this.a.heads, this.a.headWidth), 0, 2, 1, 3);
  }

  attention(x: Value, block: BlockParameters): { readonly output: Value; readonly probabilities: Value } {
    const { g, a } = this;
    const [rawQuery, rawKey] = [this.heads(this.linear(x, block.query)), this.heads(this.linear(x, block.key))];
    const query = block.queryNorm ? this.norm(rawQuery, block.queryNorm) : rawQuery;
    const key = block.keyNorm ? this.norm(rawKey, block.keyNorm) : rawKey;
    const scores = g.mul(g.matMul(query, g.transpose(key, 0, 1, 3, 2)), g.float(a.headWidth ** -0.5));
    const probabilities = g.softmax(scores);
    const mixed = g.matMul(probabilities, this.heads(this.linear(x, block.value)));
    const merged = g.reshape(g.transpose(mixed, 0, 2, 1, 3), 0, 0, a.heads * a.headWidth);
    return { output: this.linear(merged, block.projection), probabilities };
  }

  feedForward(x: Value, block: BlockParameters): Value {
    if (!block.gate) return this.linear(this.activation(this.linear(x, block.in)), block.out);
    const gate = this.activation(this.linear(x, block.gate));
    return this.linear(this.g.mul(gate, this.linear(x, block.in)), block.out);
  }

  branch(x: Value, norm: NormParameters, scale: Numbers | null, layer: (x: Value) => Value): Value {
    const { g } = this;
    const { blockNorm } = this.a;
    const raw = layer(blockNorm === 'pre' ? this.norm(x, norm) : x);
    const inside = blockNorm === 'res-post' ? this.norm(raw, norm) : raw;
    const sum = g.add(x, scale ? g.mul(inside, this.weight(scale)) : inside);
    return blockNorm === 'post' ? this.norm(sum, norm) : sum;
  }

  normalised(pixels: Value): Value {
    const { g, a } = this;
    if (!a.normalise) return pixels;
    const { scale, mean, std } = a.normalise;
    const channel = (data: readonly number[]): Value => g.floats(Float32Array.from(data), [1, a.channels, 1, 1]);
    return g.div(g.sub(g.mul(pixels, g.float(scale)), channel(mean)), channel(std));
  }

  /** Pixels to patch vectors by cutting, not by convolution: `[B, N, D]`. */
  patches(pixels: Value): Value {
    const { g, a, p } = this;
    const [rows, columns] = [Math.floor(a.height / a.patchHeight), Math.floor(a.width / a.patchWidth)];
    const inside = g.slice(g.slice(pixels, 2, 0, rows * a.patchHeight), 3, 0, columns * a.patchWidth);
    const cut = g.reshape(inside, 0, a.channels, rows, a.patchHeight, columns, a.patchWidth);
    const flat = g.reshape(
      g.transpose(cut, 0, 2, 4, 1, 3, 5),
      0,
      patches(a),
      a.channels * a.patchHeight * a.patchWidth,
    );
    const weight = { data: p.patch.weight.data, dims: [a.dim, a.channels * a.patchHeight * a.patchWidth] };
    return this.linear(flat, { weight, bias: p.patch.bias });
  }

  positioned(patchTokens: Value): Value {
    const { g, a, p } = this;
    const rows = patches(a);
    const positions = this.weight(p.positions);
    const prefixPositions = (p.positions.dims[1] ?? 0) - rows;
    const placed = g.add(patchTokens, g.slice(positions, 1, prefixPositions, prefixPositions + rows));
    const zeros = g.mul(g.slice(patchTokens, 1, 0, 1), g.float(0));
    const prefix = p.prefix.map((token, index) => {
      const value = this.weight(token);
      const own = index < prefixPositions ? g.add(value, g.slice(positions, 1, index, index + 1)) : value;
      return g.add(zeros, own);
    });
    return prefix.length > 0 ? g.concat(1, ...prefix, placed) : placed;
  }

  pooled(x: Value): Value {
    const { g, a } = this;
    const token = (index: number): Value => g.reshape(g.slice(x, 1, index, index + 1), 0, a.dim);
    const rest = (): Value => this.mean(g.slice(x, 1, a.prefix.length, Number.MAX_SAFE_INTEGER), 1, false);
    switch (a.pooling) {
      case 'mean-all':
        return this.mean(x, 1, false);
      case 'mean-patches':
        return rest();
      case 'cls-and-mean-patches':
        return g.concat(1, token(0), rest());
      default:
        return token(0);
    }
  }

  head(x: Value): Value {
    const { g, a, p } = this;
    const normed = p.finalNorm ? this.norm(x, p.finalNorm) : x;
    if (p.distilledHead) {
      const token = (index: number): Value => g.reshape(g.slice(normed, 1, index, index + 1), 0, a.dim);
      return g.mul(g.add(this.linear(token(0), p.head), this.linear(token(1), p.distilledHead)), g.float(0.5));
    }
    const pooled = this.pooled(normed);
    const vector = p.pooledNorm ? this.norm(pooled, p.pooledNorm) : pooled;
    return this.linear(p.preLogits ? g.op('Tanh', [this.linear(vector, p.preLogits)]) : vector, p.head);
  }
}

/** `pixels [B, channels, H, W]` to `tokens [B, S, D]`, after the stem norm. */
export function referenceEmbed(a: Architecture, p: Parameters): Model {
  const reference = new Reference(a, p, 'reference_embed');
  const pixels = reference.g.input('pixels', 'float32', ['batch', a.channels, a.height, a.width]);
  const all = reference.positioned(reference.patches(reference.normalised(pixels)));
  const stream = p.stemNorm ? reference.norm(all, p.stemNorm) : all;
  reference.g.output('tokens', stream, 'float32', ['batch', tokens(a), a.dim]);
  return reference.g.model();
}

/** `tokens [B, S, D]` for any S to `logits [B, classes]`, and of every block `attention_i [B, H, S, S]`. */
export function referenceEncode(a: Architecture, p: Parameters): Model {
  const reference = new Reference(a, p, 'reference_encode');
  const { g } = reference;
  let stream = g.input('tokens', 'float32', ['batch', 'S', a.dim]);
  p.blocks.forEach((block, index) => {
    stream = reference.branch(stream, block.norm1, block.scale1, (x) => {
      const { output, probabilities } = reference.attention(x, block);
      g.output(`attention_${String(index)}`, probabilities, 'float32', ['batch', a.heads, 'S', 'S']);
      return output;
    });
    stream = reference.branch(stream, block.norm2, block.scale2, (x) => reference.feedForward(x, block));
  });
  g.output('logits', reference.head(stream), 'float32', ['batch', a.classes]);
  return g.model();
}
