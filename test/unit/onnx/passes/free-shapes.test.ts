/** Graphs with batch and token counts written into them run at any batch and on any subset of tokens. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../../src/main/engine/session.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';
import { extract } from '../../../../src/main/onnx/extract.js';
import type { Dimension, Model } from '../../../../src/main/onnx/graph.js';
import { foldConstants } from '../../../../src/main/onnx/passes/fold-constants.js';
import { freeShapes } from '../../../../src/main/onnx/passes/free-shapes.js';
import { upgradeOpset } from '../../../../src/main/onnx/passes/upgrade-opset.js';
import { readModel } from '../../../../src/main/onnx/read-model.js';
import { floatOutput, floats } from '../../../../src/main/onnx/runner.js';
import { inferShapes } from '../../../../src/main/onnx/shapes.js';
import { elementCount } from '../../../../src/main/onnx/tensor.js';
import { AppError } from '../../../../src/shared/errors.js';
import { randomFloats } from '../../../support/equal-graphs.js';
import { architecture } from '../../../support/export-styles/architecture.js';
import { Dynamo, DynamoGelu } from '../../../support/export-styles/dynamo.js';
import { Exporter } from '../../../support/export-styles/exporter.js';
import { randomParameters } from '../../../support/export-styles/parameters.js';
import {
  Einops,
  OlderTimm,
  Optimum,
  ScaledDotProduct,
  Torchvision,
} from '../../../support/export-styles/torchscript.js';
import { shared, sharedIsPresent } from '../../../support/shared.js';

async function answer(model: Model, dims: readonly number[], seed: number): Promise<Float32Array> {
  const session = await cpuSessions(1)(model);
  const [input] = model.graph.inputs;
  const [output] = model.graph.outputs;
  const feeds = { [input?.name ?? '']: floats(randomFloats(elementCount(dims), seed), ...dims) };
  const outputs = await session.run(feeds);
  await session.release();
  return floatOutput(outputs, output?.name ?? '');
}

function apart(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);
}

function normal(model: Model): Model {
  return foldConstants(upgradeOpset(model));
}

/** The part of a model behind a value, that value being its input. */
function behind(model: Model, value: string, dims: readonly Dimension[]): Model {
  const output = model.graph.outputs[0]?.name ?? '';
  return extract(model, [{ name: value, type: 'float32', dims }], [{ name: output, type: 'float32', dims: null }]);
}

function freed(model: Model, dims: readonly Dimension[]): Model {
  return freeShapes(model, new Map([[model.graph.inputs[0]?.name ?? '', dims]]));
}

const a = architecture({ prefix: ['cls', 'register'] });
const parameters = randomParameters(a, 5);

/** The same ViT with shapes taken from values, which runs at any batch and token count as it is. */
const dynamic = new Exporter(a, parameters, { shapes: 'traced', batch: null });
const dynamicModel = dynamic.model();
const dynamicTail = behind(dynamicModel, dynamic.streams[0] ?? '', ['batch', 'tokens', a.dim]);

const styles = { Exporter, OlderTimm, ScaledDotProduct, Torchvision, Optimum, Einops, Dynamo, DynamoGelu };
const variants = [
  { shapes: 'baked', batch: 1 },
  { shapes: 'traced', batch: 1 },
  { shapes: 'inferred', batch: 1 },
  { shapes: 'traced', batch: null },
] as const;

describe('a small ViT', () => {
  for (const [name, Style] of Object.entries(styles)) {
    for (const options of variants) {
      const opset = name.startsWith('Dynamo') ? 20 : 14;
      const style = `${name}, shapes ${options.shapes}, batch ${String(options.batch ?? 'free')}`;

      it(`runs at batch 1 and 3 (${style})`, async () => {
        const model = freed(normal(new Style(a, parameters, { opset, ...options }).model()), ['batch', 3, 32, 32]);
        expect(model.graph.inputs[0]?.dims?.[0]).toBe('batch');
        expect(model.graph.outputs[0]?.dims).toEqual(['batch', a.classes]);
        for (const batch of [1, 3]) {
          const dims = [batch, 3, 32, 32];
          expect(apart(await answer(model, dims, 3), await answer(dynamicModel, dims, 3))).toBeLessThan(1e-5);
        }
      });

      it(`runs on some of its tokens (${style})`, async () => {
        const exporter = new Style(a, parameters, { opset, ...options });
        const model = normal(exporter.model());
        const [stream = ''] = exporter.streams;
        const exported = inferShapes(model).dims(stream);
        expect(exported?.slice(1)).toEqual([18, a.dim]);
        const tail = freed(behind(model, stream, exported ?? []), ['batch', 'tokens', a.dim]);
        for (const dims of [
          [1, 18, a.dim],
          [1, 7, a.dim],
          [3, 5, a.dim],
        ]) {
          // prettier-ignore
          expect(apart(await answer(tail, dims, 4), await answer(dynamicTail, dims, 4))).toBeLessThan(1e-5);
        }
      });
    }
  }
});

describe('a fixed size', () => {
  function tail(write: (g: GraphBuilder, x: Value) => Value): Model {
    const g = new GraphBuilder('tail');
    const x = g.input('x', 'float32', [1, 197, 8]);
    g.output('y', write(g, x), 'float32', [null]);
    return g.model();
  }
  const cases: Readonly<Record<string, { model: Model; expected: readonly Dimension[] }>> = {
    'Reshape to heads': {
      model: tail((g, x) => g.reshape(x, 1, 197, 2, 4)),
      expected: ['batch', 'tokens', 2, 4],
    },
    'Reshape that joins batch and tokens and parts them again': {
      model: tail((g, x) => g.reshape(g.reshape(x, 197, 8), 1, 197, 8)),
      expected: ['batch', 'tokens', 8],
    },
    'Reshape of heads into the batch': {
      model: tail((g, x) => g.reshape(g.transpose(g.reshape(x, 1, 197, 2, 4), 0, 2, 1, 3), 2, 197, 4)),
      expected: ['2*batch', 'tokens', 4],
    },
    'Reshape that only a constant -1 hides': {
      model: tail((g, x) => g.reshape(x, 1, -1, 2, 4)),
      expected: ['batch', 'tokens', 2, 4],
    },
    'a number that is equal by accident': {
      model: tail((g, x) => g.reshape(g.matMul(x, g.floats(new Float32Array(8 * 197), [8, 197])), 1, 197, 197, 1)),
      expected: ['batch', 'tokens', 197, 1],
    },
    'Slice to the end': { model: tail((g, x) => g.slice(x, 1, 1, 197)), expected: ['batch', 'tokens - 1', 8] },
    'Slice of the first': { model: tail((g, x) => g.slice(x, 1, 0, 1)), expected: ['batch', 1, 8] },
    'Split into CLS and patches': {
      model: tail((g, x) => g.ops('Split', [x, g.ints(1, 196)], { axis: 1 }, { outputs: 2 })[1] ?? x),
      expected: ['batch', 'tokens - 1', 8],
    },
    'Expand of a constant before Concat': {
      model: tail((g, x) =>
        g.concat(1, g.op('Expand', [g.floats(new Float32Array(8), [1, 1, 8]), g.ints(1, 1, 8)]), x),
      ),
      expected: ['batch', 'tokens + 1', 8],
    },
    'Expand to its own size': {
      model: tail((g, x) => g.op('Expand', [x, g.ints(1, 197, 8)])),
      expected: ['batch', 'tokens', 8],
    },
    'a mask of equal entries': {
      model: tail((g, x) => g.mul(x, g.op('ConstantOfShape', [g.ints(1, 197, 8)]))),
      expected: ['batch', 'tokens', 8],
    },
    'a constant of equal entries': {
      model: tail((g, x) => g.add(x, g.floats(new Float32Array(197).fill(0.5), [1, 197, 1]))),
      expected: ['batch', 'tokens', 8],
    },
    'Tile of a constant before Concat': {
      model: tail((g, x) => g.concat(2, x, g.op('Tile', [g.floats(Float32Array.of(2), [1, 1, 1]), g.ints(1, 197, 1)]))),
      expected: ['batch', 'tokens', 9],
    },
    'Gather of the last': { model: tail((g, x) => g.gather(x, g.ints(196), 1)), expected: ['batch', 1, 8] },
    'Squeeze without axes': {
      model: tail((g, x) => g.op('Squeeze', [g.slice(x, 1, 0, 1)])),
      expected: ['batch', 8],
    },
  };
  for (const [name, { model, expected }] of Object.entries(cases)) {
    it(`is freed: ${name}`, async () => {
      const free = freed(model, ['batch', 'tokens', 8]);
      expect(free.graph.outputs[0]?.dims).toEqual(expected);
      expect(apart(await answer(free, [1, 197, 8], 1), await answer(model, [1, 197, 8], 1))).toBe(0);
      const named = new Map([['tokens - 1', 8], ['tokens + 1', 10], ['tokens', 9], ['2*batch', 6], ['batch', 3]]); // prettier-ignore
      const sizes = expected.map((dim) => (typeof dim === 'number' ? dim : (named.get(dim ?? '') ?? 0)));
      expect((await answer(free, [3, 9, 8], 1)).length).toBe(elementCount(sizes));
    });
  }

  it('is refused where every place has its own numbers', () => {
    const position = Float32Array.from({ length: 197 * 8 }, (_, index) => index);
    const model = tail((g, x) => g.add(x, g.floats(position, [1, 197, 8], 'position')));
    const attempt = (): Model => freed(model, ['batch', 'tokens', 8]);
    expect(attempt).toThrow(AppError);
    expect(attempt).toThrow(/fixed: 'position_1' is made for 197 at the Add/);
  });

  it('is refused when one name stands for two sizes', () => {
    const model = tail((g, x) => g.mul(x, x));
    expect(() => freed(model, ['n', 'n', 8])).toThrow(/'n' cannot stand for both 1 and 197/);
  });
});

describe.skipIf(!sharedIsPresent)('ViT-Tiny', () => {
  function load(name: string): Model {
    return readModel(readFileSync(shared('models', name)), name);
  }

  it('exported at batch 1 runs on three pictures', async () => {
    const model = freed(normal(load('vit-tiny-static.onnx')), ['batch', 3, 224, 224]);
    const dims = [3, 3, 224, 224];
    const expected = await answer(load('vit-tiny-dynamic.onnx'), dims, 1);
    expect(apart(await answer(model, dims, 1), expected)).toBeLessThan(1e-4);
  });

  it('exported with 197 tokens runs on 99', async () => {
    const tail = (name: string): Model => {
      const model = normal(load(name));
      const cut = behind(model, '/Add_output_0', inferShapes(model).dims('/Add_output_0') ?? []);
      return freed(cut, ['batch', 'tokens', 192]);
    };
    const raw = behind(load('vit-tiny-dynamic.onnx'), '/Add_output_0', ['batch', 'tokens', 192]);
    const expected = await answer(raw, [2, 99, 192], 2);
    expect(apart(await answer(tail('vit-tiny-static.onnx'), [2, 99, 192], 2), expected)).toBeLessThan(1e-4);
    expect(apart(await answer(tail('vit-tiny-dynamic.onnx'), [2, 99, 192], 2), expected)).toBeLessThan(1e-4);
  });
});
