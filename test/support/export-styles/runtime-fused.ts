/** Models that ONNX Runtime's transformer optimiser has fused into operators of the domain com.microsoft. */

import type { Value } from '../../../src/main/onnx/builder.js';
import { Exporter } from './exporter.js';
import { type BlockParameters, type LinearParameters, type NormParameters, joined, transposed } from './parameters.js';

const microsoft = 'com.microsoft';

/** Attention, SkipLayerNormalization, BiasGelu: what `optimizer.optimize_model(model_type='vit')` writes. */
export class RuntimeFused extends Exporter {
  protected override readonly producer: string = 'onnxruntime.transformers';

  private product(x: Value, { weight }: LinearParameters): Value {
    return this.g.matMul(x, this.g.weight(transposed(weight)));
  }

  private bias(layer: LinearParameters): Value | null {
    return layer.bias && this.g.weight(layer.bias, 'bias');
  }

  /** The attention branch up to the projection's product. */
  protected mixed(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const fused = joined([block.query, block.key, block.value]);
    const bias = fused.bias ?? {
      data: new Float32Array(3 * a.heads * a.headWidth),
      dims: [3 * a.heads * a.headWidth],
    };
    const inputs = [x, g.weight(transposed(fused.weight)), g.weight(bias)];
    return g.op('Attention', inputs, { num_heads: a.heads, ...this.attentionAttributes() }, microsoft);
  }

  protected attentionAttributes(): Record<string, { float: number } | number[]> {
    return {};
  }

  private inner(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const inputs = [this.product(x, block.in), this.bias(block.in)];
    const op = a.activation === 'gelu' ? 'BiasGelu' : 'FastGelu';
    return g.op(op, inputs, {}, microsoft);
  }

  /** `[sum, norm(sum)]` of a branch without its bias and the stream. */
  private skip(branch: Value, stream: Value, norm: NormParameters, layer: LinearParameters): readonly [Value, Value] {
    const { g } = this;
    const scale = g.weight(norm.scale);
    const bias = this.bias(layer);
    const epsilon = { float: norm.epsilon };
    const options = { domain: microsoft, outputs: 4 };
    const outputs = norm.shift
      ? g.ops('SkipLayerNormalization', [branch, stream, scale, g.weight(norm.shift), bias], { epsilon }, options)
      : g.ops('SkipSimplifiedLayerNormalization', [branch, stream, scale, bias], { epsilon }, options);
    return [outputs[3] ?? branch, outputs[0] ?? branch];
  }

  /** All blocks at once, since each skip norm belongs to the next branch. */
  protected override block(x: Value, block: BlockParameters, index: number): Value {
    const { g, p, a } = this;
    const first = index === 0 ? this.norm(x, block.norm1) : this.carried;
    const [middle, normed] =
      a.blockNorm === 'pre'
        ? this.skip(
            g.matMul(this.mixed(first, block), g.weight(transposed(block.projection.weight))),
            x,
            block.norm2,
            block.projection,
          )
        : this.postSkip(x, block);
    const branch = this.product(this.inner(normed, block), block.out);
    const next = a.blockNorm === 'post' ? block.norm2 : (p.blocks[index + 1]?.norm1 ?? p.finalNorm ?? block.norm2);
    const [sum, carried] = this.skip(branch, a.blockNorm === 'post' ? normed : middle, next, block.out);
    this.carried = carried;
    return a.blockNorm === 'post' ? carried : sum;
  }

  private postSkip(x: Value, block: BlockParameters): readonly [Value, Value] {
    const product = this.g.matMul(this.mixed(x, block), this.g.weight(transposed(block.projection.weight)));
    return this.skip(product, x, block.norm1, block.projection);
  }

  /** The normalised stream that the last skip norm gave. */
  private carried: Value = '' as Value;

  protected override finalNormed(x: Value): Value {
    return this.a.blockNorm === 'post' ? super.finalNormed(x) : this.carried;
  }
}

/** MultiHeadAttention with its bias as an input, for query, key and value of their own. */
export class RuntimeMultiHead extends RuntimeFused {
  protected override mixed(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const products = [block.query, block.key, block.value].map(({ weight }) =>
      g.matMul(x, g.weight(transposed(weight))),
    );
    const { bias } = joined([block.query, block.key, block.value]);
    const inputs = [...products, bias && g.weight(bias)];
    return g.op('MultiHeadAttention', inputs, { num_heads: a.heads, scale: { float: a.headWidth ** -0.5 } }, microsoft);
  }
}
