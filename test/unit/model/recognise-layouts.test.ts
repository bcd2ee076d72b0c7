/** A ViT opens whatever the layout of its tensors: the same small model is written in many ways. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { liftVit } from '../../../src/main/model/onnx-vit.js';
import { emit } from '../../../src/main/model/weight.js';
import { GraphBuilder, type Value } from '../../../src/main/onnx/builder.js';
import { floatOutput } from '../../../src/main/onnx/runner.js';
import { intTensor } from '../../../src/main/onnx/tensor.js';

const width = 12;
const heads = 3;
const head = 4;
const inner = 20;
const classes = 5;
const side = 8;
const patch = 4;
const tokens = 5;

function noise(count: number, seed: number, scale: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, at) => scale * Math.sin((at + 1) * 12.9898 + seed * 78.233) * Math.cos(at * seed),
  );
}

/** Where the tested forms differ; everything else is an ordinary pre-norm ViT. */
interface Form {
  readonly stem?: (v: Writer) => Value;
  readonly mix?: (v: Writer, x: Value, seed: number) => Value;
  /** The product with a weight `[inputs, outputs]` and a bias. */
  readonly dense?: (v: Writer, x: Value, seed: number, inputs: number, outputs: number) => Value;
  readonly feedForward?: (v: Writer, x: Value, seed: number) => Value;
  readonly between?: (v: Writer, x: Value) => Value;
}

class Writer {
  readonly g = new GraphBuilder('vit');
  readonly form: Form;

  constructor(form: Form) {
    this.form = form;
  }

  weight(seed: number, ...dims: number[]): Value {
    return this.g.floats(
      noise(
        dims.reduce((a, b) => a * b, 1),
        seed,
        0.4,
      ),
      dims,
    );
  }

  norm(x: Value, seed: number): Value {
    const scale = this.g.floats(
      noise(width, seed, 0.3).map((value) => 1 + value),
      [width],
    );
    return this.g.op('LayerNormalization', [x, scale, this.weight(seed + 1, width)], {
      axis: -1,
      epsilon: { float: 1e-6 },
    });
  }

  plainDense(x: Value, seed: number, inputs: number, outputs: number): Value {
    return this.g.add(this.g.matMul(x, this.weight(seed, inputs, outputs)), this.weight(seed + 1, outputs));
  }

  dense(x: Value, seed: number, inputs: number, outputs: number): Value {
    return this.form.dense?.(this, x, seed, inputs, outputs) ?? this.plainDense(x, seed, inputs, outputs);
  }

  /** `[1, S, 12]` as `[1, 3, S, 4]`. */
  apart(x: Value): Value {
    return this.g.transpose(this.g.reshape(x, 1, tokens, heads, head), 0, 2, 1, 3);
  }

  together(x: Value): Value {
    return this.g.reshape(this.g.transpose(x, 0, 2, 1, 3), 1, tokens, width);
  }

  scaled(x: Value): Value {
    return this.g.mul(x, this.g.float(0.5));
  }

  mix(x: Value, seed: number): Value {
    const made = this.form.mix?.(this, x, seed);
    if (made !== undefined) return made;
    const { g } = this;
    const [q, k, v] = [0, 2, 4].map((at) => this.apart(this.dense(x, seed + at, width, width))) as [
      Value,
      Value,
      Value,
    ];
    return this.together(g.matMul(g.softmax(this.scaled(g.matMul(q, g.transpose(k, 0, 1, 3, 2)))), v));
  }

  gelu(x: Value): Value {
    return this.g.op('Gelu', [x]);
  }

  stem(): Value {
    const made = this.form.stem?.(this);
    if (made !== undefined) return made;
    const x = this.g.input('pixels', 'float32', [1, 3, side, side]);
    return this.embedded(
      this.g.op('Conv', [x, this.weight(3, width, 3, patch, patch), this.weight(4, width)], {
        kernel_shape: [patch, patch],
        strides: [patch, patch],
      }),
    );
  }

  /** `[1, 12, 2, 2]` to tokens with CLS and positions. */
  embedded(patches: Value): Value {
    const rows = this.g.transpose(this.g.reshape(patches, 1, width, 4), 0, 2, 1);
    return this.g.add(this.g.concat(1, this.weight(5, 1, 1, width), rows), this.weight(6, 1, tokens, width));
  }

  model(): ReturnType<GraphBuilder['model']> {
    const { g } = this;
    let x = this.stem();
    for (const block of [0, 1]) {
      const seed = 100 * (block + 1);
      x = g.add(x, this.dense(this.mix(this.norm(x, seed), seed + 10), seed + 20, width, width));
      x = this.form.between?.(this, x) ?? x;
      const y = this.norm(x, seed + 30);
      x = g.add(
        x,
        this.form.feedForward?.(this, y, seed + 40) ??
          this.dense(this.gelu(this.dense(y, seed + 40, width, inner)), seed + 50, inner, width),
      );
    }
    const cls = g.gather(this.norm(x, 7), g.constant(intTensor([0], [])), 1);
    g.output('logits', this.plainDense(cls, 8, width, classes), 'float32', [1, classes]);
    return g.model();
  }
}

async function lift(form: Form): Promise<Awaited<ReturnType<typeof liftVit>>> {
  return liftVit(new Writer(form).model(), 'model.onnx', cpuSessions(1));
}

const forms: Readonly<Record<string, Form>> = {
  'an ordinary export': {},
  'one softmax a head, put together by Concat': {
    mix: (v, x, seed) => {
      const { g } = v;
      const parts = [0, 2, 4].map((at) => v.dense(x, seed + at, width, width));
      const one = (index: number): Value => {
        const [q, k, values] = parts.map((part) => g.slice(part, 2, index * head, (index + 1) * head)) as [
          Value,
          Value,
          Value,
        ];
        return g.matMul(g.softmax(v.scaled(g.matMul(q, g.transpose(k, 0, 2, 1)))), values);
      };
      return g.concat(2, one(2), one(0), one(1));
    },
  },
  'keys times queries, transposed before the softmax': {
    mix: (v, x, seed) => {
      const { g } = v;
      const [q, k, values] = [0, 2, 4].map((at) => v.apart(v.dense(x, seed + at, width, width))) as [
        Value,
        Value,
        Value,
      ];
      const scores = g.transpose(g.matMul(k, g.transpose(q, 0, 1, 3, 2)), 0, 1, 3, 2);
      return v.together(g.matMul(g.softmax(v.scaled(scores)), values));
    },
  },
  'values times probabilities, both transposed': {
    mix: (v, x, seed) => {
      const { g } = v;
      const [q, k, values] = [0, 2, 4].map((at) => v.apart(v.dense(x, seed + at, width, width))) as [
        Value,
        Value,
        Value,
      ];
      const probabilities = g.softmax(v.scaled(g.matMul(q, g.transpose(k, 0, 1, 3, 2))));
      const turned = g.matMul(g.transpose(values, 0, 1, 3, 2), g.transpose(probabilities, 0, 1, 3, 2));
      return v.together(g.transpose(turned, 0, 1, 3, 2));
    },
  },
  'columns of a head interleaved with those of others': {
    mix: (v, x, seed) => {
      const { g } = v;
      const split = (at: number): Value =>
        g.transpose(g.reshape(v.dense(x, seed + at, width, width), 1, tokens, head, heads), 0, 3, 1, 2);
      const [q, k, values] = [split(0), split(2), split(4)];
      const mixed = g.matMul(g.softmax(v.scaled(g.matMul(q, g.transpose(k, 0, 1, 3, 2)))), values);
      return g.reshape(g.transpose(mixed, 0, 2, 3, 1), 1, tokens, width);
    },
  },
  'one key and value for all heads': {
    mix: (v, x, seed) => {
      const { g } = v;
      const q = v.apart(v.dense(x, seed, width, width));
      const [k, values] = [2, 4].map((at) => g.reshape(v.dense(x, seed + at, width, head), 1, 1, tokens, head)) as [
        Value,
        Value,
      ];
      return v.together(g.matMul(g.softmax(v.scaled(g.matMul(q, g.transpose(k, 0, 1, 3, 2)))), values));
    },
  },
  'factors on queries, keys, values and result': {
    mix: (v, x, seed) => {
      const { g } = v;
      const [q, k, values] = [0, 2, 4].map((at) => v.apart(v.dense(x, seed + at, width, width))) as [
        Value,
        Value,
        Value,
      ];
      const scores = g.matMul(g.mul(q, g.float(0.7)), g.transpose(g.div(k, g.float(1.3)), 0, 1, 3, 2));
      return v.together(g.mul(g.matMul(g.softmax(scores), g.mul(values, g.float(3))), g.float(0.4)));
    },
  },
  'a factor for every channel of queries and values': {
    mix: (v, x, seed) => {
      const { g } = v;
      const [q, k, values] = [0, 2, 4].map((at) => v.dense(x, seed + at, width, width)) as [Value, Value, Value];
      const scores = g.matMul(v.apart(g.mul(q, v.weight(seed + 6, width))), g.transpose(v.apart(k), 0, 1, 3, 2));
      return v.together(g.matMul(g.softmax(v.scaled(scores)), v.apart(g.mul(values, v.weight(seed + 7, width)))));
    },
  },
  'an additive mask of zeros': {
    mix: (v, x, seed) => {
      const { g } = v;
      const [q, k, values] = [0, 2, 4].map((at) => v.apart(v.dense(x, seed + at, width, width))) as [
        Value,
        Value,
        Value,
      ];
      const scores = g.add(
        v.scaled(g.matMul(q, g.transpose(k, 0, 1, 3, 2))),
        g.floats(new Float32Array(tokens * tokens), [1, 1, tokens, tokens]),
      );
      return v.together(g.matMul(g.softmax(scores), values));
    },
  },
  'weights on the left of channels-first tokens': {
    dense: (v, x, seed, inputs, outputs) => {
      const { g } = v;
      const columns = g.matMul(v.weight(seed, outputs, inputs), g.transpose(x, 0, 2, 1));
      return g.transpose(g.add(columns, v.weight(seed + 1, outputs, 1)), 0, 2, 1);
    },
  },
  'linear layers as convolutions of single pixels': {
    dense: (v, x, seed, inputs, outputs) => {
      const { g } = v;
      const picture = g.op('Unsqueeze', [g.transpose(x, 0, 2, 1), g.ints(3)]);
      const made = g.op('Conv', [picture, v.weight(seed, outputs, inputs, 1, 1), v.weight(seed + 1, outputs)], {
        kernel_shape: [1, 1],
      });
      return g.transpose(g.op('Squeeze', [made, g.ints(3)]), 0, 2, 1);
    },
  },
  'linear layers as Gemm of flattened tokens': {
    dense: (v, x, seed, inputs, outputs) => {
      const { g } = v;
      const flat = g.op(
        'Gemm',
        [g.reshape(x, -1, inputs), v.weight(seed, outputs, inputs), v.weight(seed + 1, outputs)],
        { transB: 1 },
      );
      return g.reshape(flat, 1, -1, outputs);
    },
  },
  'linear layers as Einsum': {
    dense: (v, x, seed, inputs, outputs) =>
      v.g.add(
        v.g.op('Einsum', [v.weight(seed, outputs, inputs), x], { equation: 'od,bsd->bso' }),
        v.weight(seed + 1, outputs),
      ),
  },
  'pictures as 8-bit numbers, channels last': {
    stem: (v) => {
      const { g } = v;
      const x = g.cast(g.input('pixels', 'uint8', [1, side, side, 3]), 'float32');
      const scaled = g.div(
        g.sub(g.div(x, g.float(255)), g.floats(Float32Array.of(0.4, 0.5, 0.6), [3])),
        g.floats(Float32Array.of(0.2, 0.25, 0.3), [3]),
      );
      return v.embedded(
        g.op('Conv', [g.transpose(scaled, 0, 3, 1, 2), v.weight(3, width, 3, patch, patch)], {
          kernel_shape: [patch, patch],
          strides: [patch, patch],
        }),
      );
    },
  },
  'a batch norm behind the patch projection': {
    stem: (v) => {
      const { g } = v;
      const x = g.input('pixels', 'float32', [1, 3, side, side]);
      const projected = g.op('Conv', [x, v.weight(3, width, 3, patch, patch)], {
        kernel_shape: [patch, patch],
        strides: [patch, patch],
      });
      const variance = g.floats(
        noise(width, 12, 0.5).map((value) => 1 + value * value),
        [width],
      );
      return v.embedded(
        g.op('BatchNormalization', [projected, v.weight(9, width), v.weight(10, width), v.weight(11, width), variance]),
      );
    },
  },
  'a patch projection in two steps, measured by impulses': {
    stem: (v) => {
      const { g } = v;
      const x = g.input('pixels', 'float32', [1, 3, side, side]);
      const first = g.op('Conv', [x, v.weight(3, 6, 3, 2, 2), v.weight(4, 6)], {
        kernel_shape: [2, 2],
        strides: [2, 2],
      });
      return v.embedded(g.op('Conv', [first, v.weight(9, width, 6, 2, 2)], { kernel_shape: [2, 2], strides: [2, 2] }));
    },
  },
  'a stream that is reshaped in between': {
    between: (v, x) => v.g.reshape(v.g.reshape(x, tokens, width), 1, tokens, width),
  },
};

describe('the same ViT in other layouts', () => {
  it.each(Object.keys(forms))('%s', async (name) => {
    const { vit, graph } = await lift(forms[name] ?? {});
    expect(vit).toMatchObject({
      channels: 3,
      inputHeight: side,
      patchHeight: patch,
      gridWidth: 2,
      prefix: ['cls'],
      width,
    });
    expect(vit.blocks).toHaveLength(2);
    expect(vit.blocks[0]?.attention.layer).toMatchObject({ heads, headWidth: head });
    expect(vit.blocks[1]?.feedForward.layer).toMatchObject({ activation: 'gelu', gate: null });
    expect(graph.difference).toBeLessThan(2e-5);
  });

  it('weights stay what the file stores, bit by bit', async () => {
    const { vit } = await lift({});
    const g = new GraphBuilder('weights');
    const layer = vit.blocks[0]?.attention.layer;
    if (!layer) throw new RangeError('No block');
    g.output('query', emit(g, layer.query.weight), 'float32', [width, width]);
    g.output('patches', emit(g, vit.patchWeight), 'float32', [width, 3, patch, patch]);
    const session = await cpuSessions(1)(g.model());
    const found = await session.run({});
    expect([...floatOutput(found, 'query')]).toEqual([...noise(width * width, 110, 0.4)]);
    expect([...floatOutput(found, 'patches')]).toEqual([...noise(width * 3 * patch * patch, 3, 0.4)]);
    expect(layer.scale).toBe(0.5);
    await session.release();
  });
});

async function refusal(form: Form): Promise<{ code: string; message: string }> {
  try {
    await lift(form);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('It opened');
}

/** Attention with something done to its scores. */
function scored(change: (g: GraphBuilder, scores: Value) => Value): Form {
  return {
    mix: (v, x, seed) => {
      const { g } = v;
      const [q, k, values] = [0, 2, 4].map((at) => v.apart(v.dense(x, seed + at, width, width))) as [
        Value,
        Value,
        Value,
      ];
      return v.together(g.matMul(g.softmax(change(g, v.scaled(g.matMul(q, g.transpose(k, 0, 1, 3, 2))))), values));
    },
  };
}

const refused: Readonly<Record<string, { readonly form: Form; readonly words: RegExp }>> = {
  'a causal mask': {
    form: scored((g, scores) => {
      const mask = Float32Array.from({ length: 25 }, (_, at) => (at % 5 > Math.floor(at / 5) ? -1e9 : 0));
      return g.add(scores, g.floats(mask, [5, 5]));
    }),
    words: /masks some tokens/,
  },
  'a relative position bias': {
    form: scored((g, scores) => g.add(scores, g.floats(noise(75, 3, 1), [1, 3, 5, 5]))),
    words: /adds a position bias/,
  },
  'capped scores': {
    form: scored((g, scores) => g.op('Tanh', [scores])),
    words: /no attention/,
  },
  'an unknown activation': {
    form: {
      feedForward: (v, x, seed) =>
        v.dense(v.g.op('Softplus', [v.dense(x, seed, width, inner)]), seed + 2, inner, width),
    },
    words: /activation is none of/,
  },
  'a stem with an activation': {
    form: {
      stem: (v) => {
        const x = v.g.input('pixels', 'float32', [1, 3, side, side]);
        const kernel = { kernel_shape: [patch, patch], strides: [patch, patch] };
        return v.embedded(v.g.op('Relu', [v.g.op('Conv', [x, v.weight(3, width, 3, patch, patch)], kernel)]));
      },
    },
    words: /patch embedding/,
  },
  'tokens weighted in between': {
    form: { between: (v, x) => v.g.mul(x, v.weight(5, 1, tokens, 1)) },
    words: /block 1|head/,
  },
};

describe('what is no plain ViT is refused with what it does', () => {
  it.each(Object.keys(refused))('%s', async (name) => {
    const { form, words } = refused[name] ?? { form: {}, words: /^$/ };
    const { code, message } = await refusal(form);
    expect(code).toBe('MODEL_NOT_VIT');
    expect(message).toMatch(words);
    expect(message).toContain('model.onnx');
  });
});
