/** Variants of PyTorch's traced exports: older timm, scaled_dot_product_attention, nn.MultiheadAttention, and Hugging Face's modules. */

import type { Value } from '../../../src/main/onnx/builder.js';
import { tokens } from './architecture.js';
import { Exporter } from './exporter.js';
import { type BlockParameters, type LinearParameters, joined } from './parameters.js';

/** timm before 0.8: `qkv[0], qkv[1], qkv[2]` by Gather, and the scale on the scores as a plain product. */
export class OlderTimm extends Exporter {
  protected override threeParts(x: Value): [Value, Value, Value] {
    const part = (index: number): Value => this.g.gather(x, this.g.index(index), 0);
    return [part(0), part(1), part(2)];
  }

  protected override attend(query: Value, key: Value, value: Value): Value {
    const { g, a } = this;
    const scores = g.mul(g.matMul(query, g.transpose(key, 0, 1, 3, 2)), g.scalar(a.headWidth ** -0.5));
    return g.matMul(g.softmax(scores), value);
  }
}

/** `F.scaled_dot_product_attention`: query and transposed key each times the square root of the scale. */
export class ScaledDotProduct extends Exporter {
  protected override attend(query: Value, key: Value, value: Value): Value {
    const { g } = this;
    const width = g.op('Slice', [g.op('Shape', [query]), g.list(-1), g.list(Number.MAX_SAFE_INTEGER)]);
    const scale = g.div(g.scalar(1), g.op('Sqrt', [g.cast(width, 'float32')]));
    const scaledQuery = g.mul(query, g.op('Sqrt', [scale]));
    const scaledKey = g.mul(g.transpose(key, 0, 1, 3, 2), g.op('Sqrt', [scale]));
    return g.matMul(this.probabilities(g.matMul(scaledQuery, scaledKey)), value);
  }

  protected probabilities(scores: Value): Value {
    return this.g.softmax(scores);
  }
}

/** The same from PyTorch 2.6: rows without any finite score become zeros. */
export class GuardedDotProduct extends ScaledDotProduct {
  protected override probabilities(scores: Value): Value {
    const { g } = this;
    const probabilities = g.softmax(scores);
    return g.op('Where', [g.op('IsNaN', [probabilities]), g.scalar(0), probabilities]);
  }
}

/** torchvision's nn.MultiheadAttention: `[S, B, D]`, in_proj, and products of three dimensions. */
export class Torchvision extends Exporter {
  protected override attention(x: Value, block: BlockParameters): Value {
    const { g, a, options } = this;
    const attended = a.heads * a.headWidth;
    const sequence = g.transpose(x, 1, 0, 2);
    const packed = this.linear(sequence, joined([block.query, block.key, block.value]));
    const part = (index: number): Value => g.slice(packed, 2, index * attended, (index + 1) * attended);
    const [batch, count] = [options.batch ?? 1, tokens(a)];
    const axis = (value: Value, position: number): Value =>
      g.op('Gather', [g.op('Shape', [value]), g.index(position)], { axis: 0 });
    const baked = options.shapes === 'baked';
    const byHead = (value: Value): Value => {
      if (baked) return g.op('Reshape', [value, g.list(count, batch * a.heads, a.headWidth)]);
      const rows = g.unsqueeze(axis(value, 0), 0);
      const all = g.unsqueeze(g.mul(axis(sequence, 1), g.index(a.heads)), 0);
      return g.op('Reshape', [value, g.op('Concat', [rows, all, g.list(a.headWidth)], { axis: 0 })]);
    };
    const query = g.div(g.transpose(byHead(part(0)), 1, 0, 2), g.scalar(Math.sqrt(a.headWidth)));
    const scores = g.matMul(query, g.transpose(byHead(part(1)), 1, 2, 0));
    const mixed = g.transpose(g.matMul(g.softmax(scores), g.transpose(byHead(part(2)), 1, 0, 2)), 1, 0, 2);
    const rows = baked
      ? g.list(count * batch, attended)
      : g.op('Concat', [g.unsqueeze(g.mul(axis(sequence, 0), axis(sequence, 1)), 0), g.list(attended)], { axis: 0 });
    const projected = this.denseLinear(g.op('Reshape', [mixed, rows]), block.projection);
    const back = baked
      ? g.list(count, batch, a.dim)
      : g.op('Concat', [g.unsqueeze(axis(sequence, 0), 0), g.unsqueeze(axis(sequence, 1), 0), g.list(a.dim)], {
          axis: 0,
        });
    return g.transpose(g.op('Reshape', [projected, back]), 1, 0, 2);
  }
}

/** Hugging Face's ViTSelfAttention as Optimum exports it: three linear layers, scores divided by the root of the width. */
export class Optimum extends Exporter {
  protected override attention(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const byHead = (layer: LinearParameters): Value =>
      this.shaped(this.linear(x, layer), x, 'batch', 'tokens', a.heads, a.headWidth);
    const query = this.queryNormed(g.transpose(byHead(block.query), 0, 2, 1, 3), block);
    const value = g.transpose(byHead(block.value), 0, 2, 1, 3);
    const scores = g.div(
      g.matMul(query, this.keyTransposed(byHead(block.key), block)),
      g.scalar(Math.sqrt(a.headWidth)),
    );
    const mixed = g.transpose(g.matMul(g.softmax(scores), value), 0, 2, 1, 3);
    return this.linear(this.shaped(mixed, x, 'batch', 'tokens', a.heads * a.headWidth), block.projection);
  }

  private keyTransposed(key: Value, block: BlockParameters): Value {
    if (!block.keyNorm) return this.g.transpose(key, 0, 2, 3, 1);
    return this.g.transpose(this.keyNormed(this.g.transpose(key, 0, 2, 1, 3), block), 0, 1, 3, 2);
  }
}

/** DINOv2 traced with its positions resized to the picture's grid inside the graph. */
export class ResizedPositions extends Optimum {
  private pixels: Value | null = null;

  protected override patches(pixels: Value): Value {
    this.pixels = pixels;
    return super.patches(pixels);
  }

  /** Height or width of the picture over that of a patch. */
  private cells(axis: number, patch: number): Value {
    const { g } = this;
    if (!this.pixels) throw new RangeError('Positions come after the patches');
    const size = g.op('Gather', [g.op('Shape', [this.pixels]), g.index(axis)], { axis: 0 });
    return g.unsqueeze(g.div(size, g.index(patch)), 0);
  }

  protected override positioned(patchTokens: Value): Value {
    const { g, a, p } = this;
    const [token] = p.prefix;
    if (!token) throw new RangeError('DINOv2 has a class token');
    const all = g.weight(p.positions, 'position_embeddings');
    const [rows, columns] = [a.height / a.patchHeight, a.width / a.patchWidth];
    const grid = g.reshape(g.slice(all, 1, 1, Number.MAX_SAFE_INTEGER), 1, rows, columns, a.dim);
    const sizes = g.concat(0, g.list(1, a.dim), this.cells(2, a.patchHeight), this.cells(3, a.patchWidth));
    const cubic = {
      mode: 'cubic',
      coordinate_transformation_mode: 'pytorch_half_pixel',
      cubic_coeff_a: { float: -0.75 },
      nearest_mode: 'floor',
    };
    const resized = g.op('Resize', [g.transpose(grid, 0, 3, 1, 2), null, null, sizes], cubic);
    const rest = g.reshape(g.transpose(resized, 0, 2, 3, 1), 1, -1, a.dim);
    const positions = g.concat(1, g.slice(all, 1, 0, 1), rest);
    return g.add(this.together([this.expanded(g.weight(token, 'cls_token'), patchTokens), patchTokens]), positions);
  }
}

/** Exported in training form: Dropout that does nothing and Identity between the parts. */
export class WithDropout extends Optimum {
  protected override linear(x: Value, layer: LinearParameters): Value {
    const { g } = this;
    const output = super.linear(x, layer);
    return g.opset < 13
      ? g.op('Dropout', [output], { ratio: { float: 0.1 } })
      : g.op('Identity', [g.op('Dropout', [output])]);
  }
}

/** Gate and value of SwiGLU as one layer whose result is cut in two (DINOv2's `weights_in`). */
export class PackedGate extends Optimum {
  protected override feedForward(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    if (!block.gate) return super.feedForward(x, block);
    const [gate, value] = g.split(this.linear(x, joined([block.gate, block.in])), -1, [a.inner, a.inner]);
    return this.linear(g.mul(this.activation(gate ?? x), value ?? x), block.out);
  }
}

/** CLIP's attention: the query scaled before the heads are split, products of three dimensions `[B H, S, d]`. */
export class ClipAttention extends Exporter {
  protected override attention(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const byHead = (value: Value): Value => {
      const heads = g.transpose(this.shaped(value, x, 'batch', 'tokens', a.heads, a.headWidth), 0, 2, 1, 3);
      return g.reshape(heads, -1, tokens(a), a.headWidth);
    };
    const query = byHead(g.mul(this.linear(x, block.query), g.scalar(a.headWidth ** -0.5)));
    const key = byHead(this.linear(x, block.key));
    const scores = g.matMul(query, g.transpose(key, 0, 2, 1));
    const mixed = g.matMul(g.softmax(scores), byHead(this.linear(x, block.value)));
    const apart = this.shaped(mixed, x, 'batch', a.heads, 'tokens', a.headWidth);
    const merged = this.shaped(g.transpose(apart, 0, 2, 1, 3), x, 'batch', 'tokens', a.heads * a.headWidth);
    return this.linear(merged, block.projection);
  }
}

/** einops and lucidrains' vit-pytorch: patches by rearranging pixels, a linear layer without convolution, qkv by chunks. */
export class Einops extends Exporter {
  protected override patches(pixels: Value): Value {
    const { g, a, p } = this;
    const [rows, columns] = [Math.floor(a.height / a.patchHeight), Math.floor(a.width / a.patchWidth)];
    const cut = this.shaped(pixels, pixels, 'batch', a.channels, rows, a.patchHeight, columns, a.patchWidth);
    const inputs = a.patchHeight * a.patchWidth * a.channels;
    const flat = this.shaped(g.transpose(cut, 0, 2, 4, 3, 5, 1), pixels, 'batch', rows * columns, inputs);
    const { data } = p.patch.weight;
    const reordered = new Float32Array(data.length);
    const area = a.patchHeight * a.patchWidth;
    for (let row = 0; row < a.dim; row += 1) {
      for (let channel = 0; channel < a.channels; channel += 1) {
        for (let pixel = 0; pixel < area; pixel += 1) {
          const value = data[(row * a.channels + channel) * area + pixel] ?? 0;
          reordered[row * inputs + pixel * a.channels + channel] = value;
        }
      }
    }
    return this.linear(flat, { weight: { data: reordered, dims: [a.dim, inputs] }, bias: p.patch.bias });
  }

  protected override attention(x: Value, block: BlockParameters): Value {
    const { g, a } = this;
    const attended = a.heads * a.headWidth;
    const fused = this.linear(x, joined([block.query, block.key, block.value]));
    const byHead = (value: Value): Value =>
      g.transpose(this.shaped(value, x, 'batch', 'tokens', a.heads, a.headWidth), 0, 2, 1, 3);
    const parts = g.split(fused, -1, [attended, attended, attended]).map(byHead);
    const [query, key, value] = parts as [Value, Value, Value];
    const dots = g.matMul(this.queryNormed(query, block), g.transpose(this.keyNormed(key, block), 0, 1, 3, 2));
    const mixed = g.matMul(g.softmax(g.mul(dots, g.scalar(a.headWidth ** -0.5))), value);
    return this.linear(this.shaped(g.transpose(mixed, 0, 2, 1, 3), x, 'batch', 'tokens', attended), block.projection);
  }
}
