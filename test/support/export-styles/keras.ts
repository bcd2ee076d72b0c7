/** A Keras ViT as tf2onnx writes it: channels last, Einsum heads, dense layers over flattened tokens, norms in batch-norm form. */

import type { Value } from '../../../src/main/onnx/builder.js';
import { patches, tokens } from './architecture.js';
import { Exporter } from './exporter.js';
import { type BlockParameters, type LinearParameters, type NormParameters, transposed } from './parameters.js';

export class Keras extends Exporter {
  protected override readonly producer: string = 'tf2onnx';

  protected override batchDimension(): string | number {
    return this.options.batch ?? 'unk__1';
  }

  protected override input(): Value {
    const { channels, height, width } = this.a;
    return this.g.input('input_1', 'float32', [this.batchDimension(), height, width, channels]);
  }

  /** `(x / 127.5) - 1` and its kin on the last axis. */
  protected override normalised(pixels: Value): Value {
    const { g, a } = this;
    if (!a.normalise) return pixels;
    const { scale, mean, std } = a.normalise;
    const factors = Float32Array.from(std, (value) => scale / value);
    const offsets = Float32Array.from(mean, (value, index) => -value / (std[index] ?? 1));
    const scaled = g.mul(pixels, g.weight({ data: factors, dims: [a.channels] }));
    return g.add(scaled, g.weight({ data: offsets, dims: [a.channels] }));
  }

  protected override patches(pixels: Value): Value {
    const { g, a, p } = this;
    const kernel = [a.patchHeight, a.patchWidth];
    const inputs = [g.transpose(pixels, 0, 3, 1, 2), g.weight(p.patch.weight)];
    const bias = p.patch.bias ? [g.weight(p.patch.bias)] : [];
    const projected = g.op('Conv', [...inputs, ...bias], { kernel_shape: kernel, strides: kernel, auto_pad: 'VALID' });
    return this.shaped(g.transpose(projected, 0, 2, 3, 1), pixels, 'batch', patches(a), a.dim);
  }

  protected override expanded(token: Value, like: Value): Value {
    const { g } = this;
    const batch = g.slice(g.op('Shape', [like]), 0, 0, 1);
    return g.op('Tile', [token, g.concat(0, batch, g.ints(1), g.ints(1))]);
  }

  protected override norm(x: Value, { scale, shift, epsilon }: NormParameters): Value {
    const { g } = this;
    const mean = g.mean(x, -1, true);
    const difference = g.sub(x, mean);
    const variance = g.mean(g.mul(difference, difference), -1, true);
    const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.add(variance, g.scalar(epsilon))])]);
    const factor = g.mul(inverse, g.weight(scale));
    if (!shift) throw new RangeError('Keras writes layer norms with a shift');
    return g.add(g.mul(x, factor), g.sub(g.weight(shift), g.mul(mean, factor)));
  }

  /** Tensordot: flattened to two dimensions and brought back. */
  protected override linear(x: Value, { weight, bias }: LinearParameters): Value {
    const { g } = this;
    const [outputs = 0, inputs = 0] = weight.dims;
    const flat = g.matMul(g.reshape(x, -1, inputs), g.weight(transposed(weight)));
    const product = this.shaped(flat, x, 'batch', 'tokens', outputs);
    return bias ? g.add(product, g.weight(bias)) : product;
  }

  protected override denseLinear(x: Value, { weight, bias }: LinearParameters): Value {
    const product = this.g.matMul(x, this.g.weight(transposed(weight)));
    return bias ? this.g.add(product, this.g.weight(bias)) : product;
  }

  protected override gelu(x: Value): Value {
    const { g } = this;
    const erf = g.op('Erf', [g.mul(x, g.scalar(Math.SQRT1_2))]);
    return g.mul(g.mul(g.scalar(0.5), x), g.add(g.scalar(1), erf));
  }

  protected override attention(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const einsum = (equation: string, ...inputs: Value[]): Value => g.op('Einsum', inputs, { equation });
    const byHead = ({ weight, bias }: LinearParameters): Value => {
      const kernel = g.weight({ ...transposed(weight), dims: [a.dim, a.heads, a.headWidth] });
      const product = einsum('abc,cde->abde', x, kernel);
      return bias ? g.add(product, g.weight({ ...bias, dims: [a.heads, a.headWidth] })) : product;
    };
    const query = g.mul(byHead(block.query), g.scalar(a.headWidth ** -0.5));
    const scores = einsum('aecd,abcd->acbe', byHead(block.key), query);
    const mixed = einsum('acbe,aecd->abcd', g.softmax(scores), byHead(block.value));
    const kernel = g.weight({ ...transposed(block.projection.weight), dims: [a.heads, a.headWidth, a.dim] });
    const projected = einsum('abcd,cde->abe', mixed, kernel);
    return block.projection.bias ? g.add(projected, g.weight(block.projection.bias)) : projected;
  }

  /** `x[:, index]` as a strided slice. */
  protected override token(x: Value, index: number): Value {
    return this.g.squeeze(this.g.slice(x, 1, index, index + 1), 1);
  }
}

/** Keras dense heads (vit-keras): three dense layers, Reshape and Transpose, the score scaled by a division. */
export class KerasDense extends Keras {
  protected override attention(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const byHead = (layer: LinearParameters): Value =>
      g.transpose(g.reshape(this.linear(x, layer), -1, tokens(a), a.heads, a.headWidth), 0, 2, 1, 3);
    const scores = g.matMul(byHead(block.query), g.transpose(byHead(block.key), 0, 1, 3, 2));
    const probabilities = g.softmax(g.div(scores, g.op('Sqrt', [g.scalar(a.headWidth)])));
    const mixed = g.transpose(g.matMul(probabilities, byHead(block.value)), 0, 2, 1, 3);
    return this.linear(g.reshape(mixed, -1, tokens(a), a.heads * a.headWidth), block.projection);
  }
}
