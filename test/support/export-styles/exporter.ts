/** Writes a classifier as `torch.onnx.export` (TorchScript) traces timm's module; other export styles override its parts. */

import type { Value } from '../../../src/main/onnx/builder.js';
import type { Dimension, Model } from '../../../src/main/onnx/graph.js';
import { type Architecture, patches, tokens } from './architecture.js';
import { OpsetBuilder } from './opset-builder.js';
import {
  type BlockParameters,
  type LinearParameters,
  type NormParameters,
  type Parameters,
  joined,
  transposed,
} from './parameters.js';
import { type ShapeStyle, type Size, sized } from './shape-code.js';

export interface ExportOptions {
  readonly opset: number;
  /** How shapes are said: traced from values, baked in as numbers, or left to be inferred. */
  readonly shapes: ShapeStyle;
  /** The batch the graph is fixed to; null for any. Baked shapes need one. */
  readonly batch: number | null;
  /** Whether height and width of the picture are left open in the input's type. */
  readonly dynamicSize: boolean;
}

const usual: ExportOptions = { opset: 17, shapes: 'traced', batch: null, dynamicSize: false };

export class Exporter {
  readonly a: Architecture;
  readonly p: Parameters;
  readonly options: ExportOptions;
  readonly g: OpsetBuilder;
  /** Names of the residual stream before the first block and after every block. */
  readonly streams: string[] = [];
  protected readonly producer: string = 'pytorch';

  constructor(a: Architecture, p: Parameters, options: Partial<ExportOptions> = {}) {
    this.a = a;
    this.p = p;
    this.options = { ...usual, ...options };
    this.g = new OpsetBuilder('main_graph', this.options.opset);
  }

  /** The whole classifier. */
  model(): Model {
    const { g, a } = this;
    let stream = this.stem(this.normalised(this.input()));
    this.streams.push(stream);
    this.p.blocks.forEach((block, index) => {
      stream = this.block(stream, block, index);
      this.streams.push(stream);
    });
    g.output('logits', this.answer(this.head(stream)), 'float32', [this.batchDimension(), a.classes]);
    return g.exported(this.producer);
  }

  protected batchDimension(): Dimension {
    return this.options.batch ?? 'batch_size';
  }

  protected input(): Value {
    const { channels, height, width } = this.a;
    const size = this.options.dynamicSize ? ['height', 'width'] : [height, width];
    return this.g.input('input', 'float32', [this.batchDimension(), channels, ...size]);
  }

  /** What the graph itself does to the pixels, by channel. */
  protected normalised(pixels: Value): Value {
    const { g, a } = this;
    if (!a.normalise) return pixels;
    const { scale, mean, std } = a.normalise;
    const dims = [1, a.channels, 1, 1];
    const scaled = scale === 1 ? pixels : g.div(pixels, g.scalar(1 / scale));
    const centred = g.sub(scaled, g.weight({ data: Float32Array.from(mean), dims }, 'mean'));
    return g.div(centred, g.weight({ data: Float32Array.from(std), dims }, 'std'));
  }

  /** Reshapes `x`; 'batch' and 'tokens' stand for the first two dimensions of `like`. */
  protected shaped(x: Value, like: Value, ...sizes: readonly Size[]): Value {
    const { shapes, batch } = this.options;
    return this.g.op('Reshape', [x, sized(this.g, like, sizes, { shapes, batch, tokens: tokens(this.a) })]);
  }

  /** Pixels to the residual stream before the first block. */
  protected stem(pixels: Value): Value {
    const all = this.positioned(this.patches(pixels));
    return this.p.stemNorm ? this.norm(all, this.p.stemNorm) : all;
  }

  /** Pixels to patch tokens `[B, N, D]`. */
  protected patches(pixels: Value): Value {
    const { g, a, p } = this;
    const kernel = [a.patchHeight, a.patchWidth];
    const inputs = [pixels, g.weight(p.patch.weight), p.patch.bias && g.weight(p.patch.bias)];
    const attributes = { dilations: [1, 1], group: 1, kernel_shape: kernel, pads: [0, 0, 0, 0], strides: kernel };
    const projected = g.op('Conv', p.patch.bias ? inputs : inputs.slice(0, 2), attributes);
    return g.transpose(this.flattened(projected), 0, 2, 1);
  }

  /** `[B, D, h, w]` to `[B, D, h w]`. */
  protected flattened(projected: Value): Value {
    const { g, a, options } = this;
    if (options.shapes === 'baked') return g.reshape(projected, options.batch ?? 1, a.dim, patches(a));
    const shape = g.op('Shape', [projected]);
    const start = g.op('Slice', [shape, g.list(0), g.list(2), g.list(0)]);
    return g.op('Reshape', [projected, g.op('Concat', [start, g.list(-1)], { axis: 0 })]);
  }

  /** Prefix tokens and positions. */
  protected positioned(patchTokens: Value): Value {
    const { g, a, p } = this;
    const prefix = p.prefix.map((token) => this.expanded(g.weight(token, 'cls_token'), patchTokens));
    const positions = g.weight(p.positions, 'pos_embed');
    if (a.positions === 'patches') return this.together([...prefix, g.add(patchTokens, positions)]);
    if (a.positions === 'all') return g.add(this.together([...prefix, patchTokens]), positions);
    const first = a.prefix.filter((token) => token !== 'register').length;
    const placed = g.add(this.together([...prefix.slice(0, first), patchTokens]), positions);
    const rest = prefix.slice(first);
    if (rest.length === 0) return placed;
    const head = g.slice(placed, 1, 0, first);
    return this.together([head, ...rest, g.slice(placed, 1, first, Number.MAX_SAFE_INTEGER)]);
  }

  protected together(parts: readonly Value[]): Value {
    const [first] = parts;
    return parts.length === 1 && first ? first : this.g.concat(1, ...parts);
  }

  /** A token of batch 1 for the batch of `like`, as `expand(B, -1, -1)` is traced. */
  protected expanded(token: Value, like: Value): Value {
    const { g, a, options } = this;
    if (options.shapes === 'baked' && options.batch === 1) return token;
    const minusOnes = sized(g, like, ['batch', -1, -1], { ...options, shapes: 'traced', tokens: tokens(a) });
    const ones = g.op('ConstantOfShape', [g.list(3)], { value: { type: 'int64', dims: [1], bytes: oneByte } });
    const isMinusOne = g.op('Equal', [minusOnes, g.mul(ones, g.index(-1))]);
    return g.op('Expand', [token, g.op('Where', [isMinusOne, ones, minusOnes])]);
  }

  protected block(x: Value, block: BlockParameters, index: number): Value {
    const attended = this.branch(x, block.norm1, block.scale1, (y) => this.attention(y, block, index));
    return this.branch(attended, block.norm2, block.scale2, (y) => this.feedForward(y, block));
  }

  protected branch(
    x: Value,
    norm: NormParameters,
    scale: BlockParameters['scale1'],
    layer: (x: Value) => Value,
  ): Value {
    const { g } = this;
    const scaled = (y: Value): Value => (scale ? g.mul(y, g.weight(scale, 'gamma')) : y);
    switch (this.a.blockNorm) {
      case 'pre':
        return g.add(x, scaled(layer(this.norm(x, norm))));
      case 'post':
        return this.norm(g.add(x, scaled(layer(x))), norm);
      case 'res-post':
        return g.add(x, scaled(this.norm(layer(x), norm)));
    }
  }

  /** The normalisation operator from opset 17, before it the traced formula. */
  protected norm(x: Value, norm: NormParameters): Value {
    const { g } = this;
    const { kind, scale, shift, epsilon } = norm;
    if (kind === 'rms' || !shift) return this.rmsNorm(x, norm);
    if (g.opset >= 17) {
      const inputs = [x, g.weight(scale), g.weight(shift)];
      return g.op('LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } });
    }
    const centred = g.sub(x, g.mean(x, -1, true));
    const variance = g.mean(g.op('Pow', [centred, g.scalar(2)]), -1, true);
    const unit = g.div(centred, g.op('Sqrt', [g.add(variance, g.scalar(epsilon))]));
    return g.add(g.mul(unit, g.weight(scale)), g.weight(shift));
  }

  protected rmsNorm(x: Value, { scale, epsilon }: NormParameters): Value {
    const { g } = this;
    const square = g.mean(g.op('Pow', [x, g.scalar(2)]), -1, true);
    const root = g.div(g.scalar(1), g.op('Sqrt', [g.add(square, g.scalar(epsilon))]));
    return g.mul(g.mul(x, root), g.weight(scale));
  }

  /** A linear layer of tokens: MatMul by the transposed weight and Add, bias first. */
  protected linear(x: Value, { weight, bias }: LinearParameters): Value {
    const { g } = this;
    const product = g.matMul(x, g.weight(transposed(weight)));
    return bias ? g.add(g.weight(bias, 'bias'), product) : product;
  }

  /** A linear layer of one vector a picture: Gemm. */
  protected denseLinear(x: Value, { weight, bias }: LinearParameters): Value {
    const { g } = this;
    if (!bias) return g.matMul(x, g.weight(transposed(weight)));
    const attributes = { alpha: { float: 1 }, beta: { float: 1 }, transB: 1 };
    return g.op('Gemm', [x, g.weight(weight), g.weight(bias)], attributes);
  }

  protected activation(x: Value): Value {
    const { g } = this;
    switch (this.a.activation) {
      case 'gelu':
        return this.gelu(x);
      case 'gelu-tanh': {
        const cubed = g.mul(g.scalar(0.044715), g.mul(x, g.mul(x, x)));
        const inner = g.op('Tanh', [g.mul(g.scalar(Math.sqrt(2 / Math.PI)), g.add(x, cubed))]);
        return g.mul(g.scalar(0.5), g.mul(x, g.add(g.scalar(1), inner)));
      }
      case 'quick-gelu':
        return g.mul(x, g.op('Sigmoid', [g.mul(x, g.scalar(1.702))]));
      case 'relu':
        return g.op('Relu', [x]);
      case 'silu':
        return g.mul(x, g.op('Sigmoid', [x]));
    }
  }

  protected gelu(x: Value): Value {
    const { g } = this;
    const erf = g.op('Erf', [g.div(x, g.scalar(Math.SQRT2))]);
    return g.mul(g.mul(x, g.add(erf, g.scalar(1))), g.scalar(0.5));
  }

  protected feedForward(x: Value, block: BlockParameters): Value {
    const { g } = this;
    if (!block.gate) return this.linear(this.activation(this.linear(x, block.in)), block.out);
    const gate = this.activation(this.linear(x, block.gate));
    return this.linear(g.mul(gate, this.linear(x, block.in)), block.out);
  }

  /** timm's fused qkv `[B, N, 3, H, d]` and attention written out. */
  protected attention(x: Value, block: BlockParameters, _index: number): Value {
    const { g, a } = this;
    const fused = this.linear(x, joined([block.query, block.key, block.value]));
    const byHead = this.shaped(fused, x, 'batch', 'tokens', 3, a.heads, a.headWidth);
    const [query, key, value] = this.threeParts(g.transpose(byHead, 2, 0, 3, 1, 4));
    const mixed = this.attend(this.queryNormed(query, block), this.keyNormed(key, block), value);
    const merged = this.shaped(g.transpose(mixed, 0, 2, 1, 3), x, 'batch', 'tokens', a.heads * a.headWidth);
    return this.linear(merged, block.projection);
  }

  /** `unbind(0)`. */
  protected threeParts(x: Value): [Value, Value, Value] {
    const { g } = this;
    const parts = g.split(x, 0, [1, 1, 1]).map((part) => g.squeeze(part, 0));
    return parts as [Value, Value, Value];
  }

  protected queryNormed(query: Value, block: BlockParameters): Value {
    return block.queryNorm ? this.norm(query, block.queryNorm) : query;
  }

  protected keyNormed(key: Value, block: BlockParameters): Value {
    return block.keyNorm ? this.norm(key, block.keyNorm) : key;
  }

  /** `[B, H, S, d]` each to `[B, H, S, d]`. */
  protected attend(query: Value, key: Value, value: Value): Value {
    const { g, a } = this;
    const scores = g.matMul(query, g.transpose(key, 0, 1, 3, 2));
    const scale = g.op('Pow', [g.scalar(a.headWidth), g.scalar(-0.5)]);
    return g.matMul(g.softmax(g.mul(scores, scale)), value);
  }

  /** Tokens of the last block to logits. */
  protected head(x: Value): Value {
    const { p, g } = this;
    const normed = this.finalNormed(x);
    if (p.distilledHead) {
      const [cls, distilled] = [this.token(normed, 0), this.token(normed, 1)];
      const sum = g.add(this.denseLinear(cls, p.head), this.denseLinear(distilled, p.distilledHead));
      return g.div(sum, g.scalar(2));
    }
    const pooled = this.pooled(normed);
    const vector = p.pooledNorm ? this.norm(pooled, p.pooledNorm) : pooled;
    const hidden = p.preLogits ? g.op('Tanh', [this.denseLinear(vector, p.preLogits)]) : vector;
    return this.denseLinear(hidden, p.head);
  }

  protected finalNormed(x: Value): Value {
    return this.p.finalNorm ? this.norm(x, this.p.finalNorm) : x;
  }

  protected pooled(x: Value): Value {
    const { g, a } = this;
    const rest = (): Value => g.mean(g.slice(x, 1, a.prefix.length, Number.MAX_SAFE_INTEGER), 1, false);
    switch (a.pooling) {
      case 'mean-all':
        return g.mean(x, 1, false);
      case 'mean-patches':
        return a.prefix.length === 0 ? g.mean(x, 1, false) : rest();
      case 'cls-and-mean-patches':
        return g.concat(-1, this.token(x, 0), rest());
      default:
        return this.token(x, 0);
    }
  }

  /** `x[:, index]`. */
  protected token(x: Value, index: number): Value {
    return this.g.gather(x, this.g.index(index), 1);
  }

  protected answer(logits: Value): Value {
    switch (this.a.output) {
      case 'logits':
        return logits;
      case 'probabilities':
        return this.g.softmax(logits);
      case 'log-probabilities':
        return this.g.op('LogSoftmax', [logits], { axis: -1 });
    }
  }
}

const oneByte = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
