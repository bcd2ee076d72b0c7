/** Networks that token sampling cannot explain: other families, and ViTs with a part that a plain ViT does not have. */

import type { Value } from '../../../src/main/onnx/builder.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type Architecture, architecture, patches, tokens } from './architecture.js';
import { Exporter } from './exporter.js';
import { OpsetBuilder } from './opset-builder.js';
import { type BlockParameters, type Numbers, randomParameters } from './parameters.js';
import { normal } from './random.js';
import { OlderTimm } from './torchscript.js';

/** Numbers drawn for what an architecture's parameters do not have. */
function drawn(dims: readonly number[], deviation: number, seed: number): Numbers {
  const next = normal(seed);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { dims, data: Float32Array.from({ length: count }, () => deviation * next()) };
}

/** BEiT: a bias of every pair of tokens on the scores. */
class RelativeBias extends OlderTimm {
  protected override attend(query: Value, key: Value, value: Value): Value {
    const { g, a } = this;
    const bias = g.weight(drawn([1, a.heads, tokens(a), tokens(a)], 1, 3), 'relative_position_bias');
    const scores = g.mul(g.matMul(query, g.transpose(key, 0, 1, 3, 2)), g.scalar(a.headWidth ** -0.5));
    return g.matMul(g.softmax(g.add(scores, bias)), value);
  }
}

/** EVA-02 and DINOv3: queries and keys turned by their position. */
class Rotary extends OlderTimm {
  private turned(x: Value): Value {
    const { g, a } = this;
    const angle = (f: (x: number) => number): Value => {
      const count = tokens(a);
      const data = Float32Array.from({ length: count * a.headWidth }, (_, at) =>
        f(Math.floor(at / a.headWidth) / (1 + (at % (a.headWidth / 2)))),
      );
      return g.weight({ data, dims: [1, 1, count, a.headWidth] });
    };
    const middle = a.headWidth / 2;
    const half = g.concat(-1, g.op('Neg', [g.slice(x, 3, middle, a.headWidth)]), g.slice(x, 3, 0, middle));
    return g.add(g.mul(x, angle(Math.cos)), g.mul(half, angle(Math.sin)));
  }

  protected override queryNormed(query: Value): Value {
    return this.turned(query);
  }

  protected override keyNormed(key: Value): Value {
    return this.turned(key);
  }
}

/** CaiT: the last block lets the class token alone look at the patches. */
class ClassAttention extends Exporter {
  protected override block(x: Value, block: BlockParameters, index: number): Value {
    const { g, a, p } = this;
    if (index < p.blocks.length - 1) return super.block(x, block, index);
    const token = g.add(g.slice(x, 1, 0, 1), g.weight(drawn([1, 1, a.dim], 0.5, 4), 'cls_token'));
    const all = this.norm(g.concat(1, token, x), block.norm1);
    const heads = (value: Value): Value => g.transpose(g.reshape(value, 0, -1, a.heads, a.headWidth), 0, 2, 1, 3);
    const query = heads(this.linear(g.slice(all, 1, 0, 1), block.query));
    const [key, value] = [heads(this.linear(all, block.key)), heads(this.linear(all, block.value))];
    const mixed = g.transpose(this.attend(query, key, value), 0, 2, 1, 3);
    const merged = this.linear(g.reshape(mixed, 0, -1, a.heads * a.headWidth), block.projection);
    const attended = g.add(token, merged);
    return g.add(attended, this.feedForward(this.norm(attended, block.norm2), block));
  }
}

/** A hybrid: convolutions with activations before the patches. */
class ConvolutionStem extends Exporter {
  protected override patches(pixels: Value): Value {
    const { g, a } = this;
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    const first = g.op('Relu', [g.op('Conv', [pixels, g.weight(drawn([12, a.channels, 3, 3], 0.2, 5))], attributes)]);
    const kernel = [a.patchHeight / 2, a.patchWidth / 2];
    const weight = g.weight(drawn([a.dim, 12, ...kernel], 0.1, 6));
    return g.transpose(
      this.flattened(g.op('Conv', [first, weight], { kernel_shape: kernel, strides: kernel })),
      0,
      2,
      1,
    );
  }
}

/** PVT and ViTs with overlapping patches: the convolution's steps are shorter than its kernel. */
class OverlappingPatches extends Exporter {
  protected override patches(pixels: Value): Value {
    const { g, a, p } = this;
    const kernel = [a.patchHeight + 4, a.patchWidth + 4];
    const weight = g.weight(drawn([a.dim, a.channels, ...kernel], 0.05, 14));
    const attributes = { kernel_shape: kernel, strides: [a.patchHeight, a.patchWidth], pads: [2, 2, 2, 2] };
    const inputs = p.patch.bias ? [pixels, weight, g.weight(p.patch.bias)] : [pixels, weight];
    return g.transpose(this.flattened(g.op('Conv', inputs, attributes)), 0, 2, 1);
  }
}

/** CLIP without training: the direction of the pooled vector alone is compared with those of words. */
class ZeroShot extends Exporter {
  protected override pooled(x: Value): Value {
    const { g } = this;
    const token = super.pooled(x);
    return g.mul(g.div(token, g.op('ReduceL2', [token], { axes: [-1], keepdims: 1 })), g.scalar(50));
  }
}

/** ViT-22B: both branches read the same norm. */
class ParallelBlocks extends Exporter {
  protected override block(x: Value, block: BlockParameters, index: number): Value {
    const normed = this.norm(x, block.norm1);
    const sum = this.g.add(this.attention(normed, block, index), this.feedForward(normed, block));
    return this.g.add(x, sum);
  }
}

/** SigLIP: the head asks the tokens by attention. */
class AttentionPooling extends Exporter {
  protected override pooled(x: Value): Value {
    const { g, a, p } = this;
    const [block] = p.blocks;
    if (!block) throw new RangeError('A ViT has blocks');
    const heads = (value: Value): Value => g.transpose(g.reshape(value, 0, -1, a.heads, a.headWidth), 0, 2, 1, 3);
    const probe = g.add(g.mul(g.slice(x, 1, 0, 1), g.scalar(0)), g.weight(drawn([1, 1, a.dim], 1, 7), 'probe'));
    const query = heads(this.linear(probe, block.query));
    const mixed = this.attend(query, heads(this.linear(x, block.key)), heads(this.linear(x, block.value)));
    return g.reshape(g.transpose(mixed, 0, 2, 1, 3), -1, a.dim);
  }
}

/** An encoder without a classifier: `last_hidden_state`. */
class Headless extends Exporter {
  override model(): Model {
    const { g, a } = this;
    let stream = this.stem(this.input());
    this.p.blocks.forEach((block, index) => (stream = this.block(stream, block, index)));
    g.output('last_hidden_state', this.finalNormed(stream), 'float32', ['batch_size', tokens(a), a.dim]);
    return g.exported('pytorch');
  }
}

/** YOLOS and its kin: classes and boxes of every token. */
class Detector extends Exporter {
  override model(): Model {
    const { g, a, p } = this;
    let stream = this.stem(this.input());
    this.p.blocks.forEach((block, index) => (stream = this.block(stream, block, index)));
    const normed = this.finalNormed(stream);
    const boxes = g.op('Sigmoid', [g.matMul(normed, g.weight(drawn([a.dim, 4], 0.3, 8)))]);
    g.output('logits', this.linear(normed, p.head), 'float32', ['batch_size', tokens(a), a.classes]);
    g.output('pred_boxes', boxes, 'float32', ['batch_size', tokens(a), 4]);
    return g.exported('pytorch');
  }
}

/** BERT and its kin: word numbers instead of pixels. */
class TextClassifier extends Exporter {
  protected override input(): Value {
    return this.g.input('input_ids', 'int64', ['batch_size', patches(this.a)]);
  }

  protected override patches(ids: Value): Value {
    return this.g.gather(this.g.weight(drawn([50, this.a.dim], 1, 9), 'word_embeddings'), ids, 0);
  }
}

/** Swin: attention in windows with a bias table, and patches merged between stages. */
class Windowed extends OlderTimm {
  protected override block(x: Value, block: BlockParameters, index: number): Value {
    const { g, a } = this;
    const side = Math.sqrt(patches(a)) / 2 ** Math.max(0, index - 1);
    const window = 2;
    const cut = g.reshape(x, -1, side / window, window, side / window, window, a.dim);
    const windows = g.reshape(g.transpose(cut, 0, 1, 3, 2, 4, 5), -1, window * window, a.dim);
    const attended = super.block(windows, block, index);
    const apart = g.reshape(attended, -1, side / window, side / window, window, window, a.dim);
    const back = g.reshape(g.transpose(apart, 0, 1, 3, 2, 4, 5), -1, side * side, a.dim);
    return index === 0 ? back : this.merged(back, side, block);
  }

  /** Four neighbours side by side, a norm and a linear layer. */
  private merged(x: Value, side: number, block: BlockParameters): Value {
    const { g, a } = this;
    const grid = g.reshape(x, -1, side, side, a.dim);
    const corner = (row: number, column: number): Value =>
      g.slice(g.slice(grid, 1, row, Number.MAX_SAFE_INTEGER, 2), 2, column, Number.MAX_SAFE_INTEGER, 2);
    const four = g.concat(-1, corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1));
    const flat = g.reshape(four, -1, (side * side) / 4, 4 * a.dim);
    return this.norm(g.matMul(flat, g.weight(drawn([4 * a.dim, a.dim], 0.1, 10), 'reduction')), block.norm1);
  }

  protected override attend(query: Value, key: Value, value: Value): Value {
    const { g, a } = this;
    const bias = g.weight(drawn([1, a.heads, 4, 4], 1, 11), 'relative_position_bias_table');
    const scores = g.matMul(g.mul(query, g.scalar(a.headWidth ** -0.5)), g.transpose(key, 0, 1, 3, 2));
    return g.matMul(g.softmax(g.add(scores, bias)), value);
  }
}

/** MLP-Mixer: tokens are mixed by a layer over positions instead of attention. */
class Mixer extends Exporter {
  protected override attention(x: Value): Value {
    const { g, a } = this;
    const count = patches(a);
    const hidden = this.activation(g.matMul(g.transpose(x, 0, 2, 1), g.weight(drawn([count, 20], 0.3, 12))));
    return g.transpose(g.matMul(hidden, g.weight(drawn([20, count], 0.3, 13))), 0, 2, 1);
  }
}

/** A small residual CNN: convolutions, batch norms, pooling, one linear layer. */
function residualNetwork(): Model {
  const g = new OpsetBuilder('main_graph', 17);
  const convolve = (x: Value, inputs: number, outputs: number, stride: number, seed: number): Value => {
    const attributes = { kernel_shape: [3, 3], strides: [stride, stride], pads: [1, 1, 1, 1] };
    const raw = g.op('Conv', [x, g.weight(drawn([outputs, inputs, 3, 3], 0.1, seed))], attributes);
    const row = (value: number): Value => g.weight({ data: new Float32Array(outputs).fill(value), dims: [outputs] });
    return g.op('BatchNormalization', [raw, row(1), row(0), row(0), row(1)], { epsilon: { float: 1e-5 } });
  };
  const pixels = g.input('input', 'float32', ['batch_size', 3, 64, 64]);
  const stem = g.op('Relu', [convolve(pixels, 3, 16, 2, 20)]);
  let x = g.op('MaxPool', [stem], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const seed of [21, 23]) {
    const inner = g.op('Relu', [convolve(x, 16, 16, 1, seed)]);
    x = g.op('Relu', [g.add(convolve(inner, 16, 16, 1, seed + 1), x)]);
  }
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 });
  const linear = [pooled, g.weight(drawn([7, 16], 0.3, 25)), g.weight(drawn([7], 0.3, 26))];
  g.output('logits', g.op('Gemm', linear, { transB: 1 }), 'float32', ['batch_size', 7]);
  return g.exported('pytorch');
}

/** ConvNeXt: depthwise convolutions with the feed-forward layers of a transformer. */
function convNext(): Model {
  const g = new OpsetBuilder('main_graph', 17);
  const row = (size: number, value: number): Value =>
    g.weight({ data: new Float32Array(size).fill(value), dims: [size] });
  const norm = (x: Value): Value => g.op('LayerNormalization', [x, row(24, 1), row(24, 0)], { axis: -1 });
  const pixels = g.input('pixel_values', 'float32', ['batch_size', 3, 64, 64]);
  const patch = { kernel_shape: [4, 4], strides: [4, 4] };
  let x = g.op('Conv', [pixels, g.weight(drawn([24, 3, 4, 4], 0.2, 30)), row(24, 0.1)], patch);
  for (const seed of [31, 34]) {
    const depthwise = { kernel_shape: [7, 7], pads: [3, 3, 3, 3], group: 24 };
    const mixed = g.op('Conv', [x, g.weight(drawn([24, 1, 7, 7], 0.1, seed))], depthwise);
    const last = norm(g.transpose(mixed, 0, 2, 3, 1));
    const wide = g.matMul(last, g.weight(drawn([24, 96], 0.2, seed + 1)));
    const gelu = g.mul(
      g.mul(wide, g.add(g.op('Erf', [g.div(wide, g.scalar(Math.SQRT2))]), g.scalar(1))),
      g.scalar(0.5),
    );
    const narrow = g.mul(g.matMul(gelu, g.weight(drawn([96, 24], 0.1, seed + 2))), row(24, 0.5));
    x = g.add(x, g.transpose(narrow, 0, 3, 1, 2));
  }
  const pooled = norm(g.op('Flatten', [g.op('GlobalAveragePool', [x])], { axis: 1 }));
  const linear = [pooled, g.weight(drawn([7, 24], 0.3, 37)), row(7, 0)];
  g.output('logits', g.op('Gemm', linear, { transB: 1 }), 'float32', ['batch_size', 7]);
  return g.exported('pytorch');
}

/** A network that is refused, and what the refusal has to say. */
export interface OtherModel {
  readonly name: string;
  readonly model: () => Model;
  /** What the message names. */
  readonly named: RegExp;
}

type Style = new (a: Architecture, p: ReturnType<typeof randomParameters>) => Exporter;

function other(name: string, style: Style, named: RegExp, changes: Partial<Architecture> = {}): OtherModel {
  const a = architecture(changes);
  return { name, named, model: () => new style(a, randomParameters(a, 77)).model() };
}

const noPrefix: Partial<Architecture> = { prefix: [], pooling: 'mean-all' };

export const otherModels: readonly OtherModel[] = [
  other('Swin: windows, relative bias, merged patches', Windowed, /window|swin|merg/i, {
    ...noPrefix,
    height: 64,
    width: 64,
  }),
  { name: 'ConvNeXt', model: convNext, named: /convolution|convnext/i },
  { name: 'a residual CNN', model: residualNetwork, named: /convolution|cnn/i },
  other('MLP-Mixer', Mixer, /attention|mixer/i, noPrefix),
  other('BEiT: relative position bias', RelativeBias, /position|bias/i),
  other('rotary positions', Rotary, /rotary|position|quer/i),
  other('CaiT: class attention', ClassAttention, /class|attention|token/i, noPrefix),
  other('a convolutional stem', ConvolutionStem, /convolution|stem|patch/i),
  other('overlapping patches', OverlappingPatches, /overlap|patch|convolution|stride/i),
  other('CLIP compared with words', ZeroShot, /head|normalis|classifier|pool|length/i),
  other('parallel blocks', ParallelBlocks, /block|parallel|branch|stream/i),
  other('attention pooling', AttentionPooling, /pool|head|attention/i),
  other('a text classifier', TextClassifier, /text|picture|image|input/i),
  other('an encoder without a head', Headless, /head|class|token/i),
  other('a detector', Detector, /output|class|detect|token/i),
];
