/** Exports of `torch.onnx.export(..., dynamo=True)`: ATen operators as onnxscript's torchlib writes them, opset 18 and newer. */

import type { Value } from '../../../src/main/onnx/builder.js';
import { tokens } from './architecture.js';
import { Exporter } from './exporter.js';
import { type BlockParameters, type LinearParameters, type NormParameters, joined, transposed } from './parameters.js';

/** Inlined and optimised: shapes as numbers with -1 or a baked batch, transposes folded into weights. */
export class Dynamo extends Exporter {
  protected override linear(x: Value, { weight, bias }: LinearParameters): Value {
    const { g } = this;
    const product = g.matMul(x, g.op('Transpose', [g.weight(weight)], { perm: [1, 0] }));
    return bias ? g.add(product, g.weight(bias, 'bias')) : product;
  }

  protected override flattened(projected: Value): Value {
    const { a, options, g } = this;
    const count = tokens(a) - a.prefix.length;
    return g.op('Reshape', [projected, g.list(options.batch ?? -1, a.dim, count)], { allowzero: 1 });
  }

  protected override expanded(token: Value, like: Value): Value {
    const { g, a, options } = this;
    if (options.batch !== null) return g.op('Expand', [token, g.list(options.batch, 1, a.dim)]);
    const batch = g.op('Shape', [like], { start: 0, end: 1 });
    return g.op('Expand', [token, g.op('Concat', [batch, g.list(1, a.dim)], { axis: 0 })]);
  }

  protected override attention(x: Value, block: BlockParameters, index: number): Value {
    const { g, a } = this;
    const attended = a.heads * a.headWidth;
    const fused = this.linear(x, joined([block.query, block.key, block.value]));
    const byHead = (from: number): Value => {
      const part = g.slice(fused, 2, from * attended, (from + 1) * attended);
      return g.transpose(this.shaped(part, x, 'batch', 'tokens', a.heads, a.headWidth), 0, 2, 1, 3);
    };
    const [query, key] = [this.queryNormed(byHead(0), block), this.keyNormed(byHead(1), block)];
    const mixed = g.transpose(this.attend(query, key, byHead(2), index), 0, 2, 1, 3);
    return this.linear(this.shaped(mixed, x, 'batch', 'tokens', attended), block.projection);
  }

  /** The key transposed as three dimensions and brought back. */
  protected override attend(query: Value, key: Value, value: Value, _index = 0): Value {
    const { g, a } = this;
    const count = tokens(a);
    const flatKey = g.op('Reshape', [key, g.list(-1, count, a.headWidth)]);
    const backShape = g.list(this.options.batch ?? -1, a.heads, a.headWidth, count);
    const keyTransposed = g.op('Reshape', [g.transpose(flatKey, 0, 2, 1), backShape]);
    const root = g.scalar(Math.sqrt(a.headWidth ** -0.5));
    return g.matMul(g.softmax(g.matMul(g.mul(query, root), g.mul(keyTransposed, root))), value);
  }
}

/** Opset 20: the Gelu operator. */
export class DynamoGelu extends Dynamo {
  protected override activation(x: Value): Value {
    const { activation } = this.a;
    if (activation === 'gelu') return this.g.op('Gelu', [x], { approximate: 'none' });
    if (activation === 'gelu-tanh') return this.g.op('Gelu', [x], { approximate: 'tanh' });
    return super.activation(x);
  }
}

/** Opset 23: the Attention and RMSNormalization operators. */
export class DynamoAttention extends DynamoGelu {
  protected override attend(query: Value, key: Value, value: Value): Value {
    return this.g.op('Attention', [query, key, value], { scale: { float: this.a.headWidth ** -0.5 } });
  }

  protected override rmsNorm(x: Value, { scale, epsilon }: NormParameters): Value {
    return this.g.op('RMSNormalization', [x, this.g.weight(scale)], { axis: -1, epsilon: { float: epsilon } });
  }
}

/** Opset 23 with Attention of `[B, S, H d]`, heads as an attribute. */
export class DynamoPackedAttention extends DynamoGelu {
  protected override attention(x: Value, block: BlockParameters): Value {
    const { a, g } = this;
    const [query, key, value] = [block.query, block.key, block.value].map((layer) => this.linear(x, layer));
    const heads = { q_num_heads: a.heads, kv_num_heads: a.heads };
    return this.linear(g.op('Attention', [query ?? x, key ?? x, value ?? x], heads), block.projection);
  }
}

export const torchlib = 'pkg.onnxscript.torch_lib';

/** Not inlined: linear layers, softmax and GELU as calls of the file's own functions (see {@link functionsOf}). */
export class DynamoFunctions extends Dynamo {
  protected override linear(x: Value, layer: LinearParameters): Value {
    const { g } = this;
    if (!layer.bias) return super.linear(x, layer);
    return g.op('aten_linear_bias', [x, g.weight(transposed(layer.weight)), g.weight(layer.bias)], {}, torchlib);
  }

  protected override gelu(x: Value): Value {
    return this.g.op('aten_gelu', [x], {}, torchlib);
  }

  protected override attend(query: Value, key: Value, value: Value): Value {
    const { g, a } = this;
    const scores = g.mul(g.matMul(query, g.transpose(key, 0, 1, 3, 2)), g.scalar(a.headWidth ** -0.5));
    return g.matMul(g.op('aten_softmax', [scores], { dim: -1 }, torchlib), value);
  }
}
