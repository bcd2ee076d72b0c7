/** Every method on every build of ViT: finite maps of the right size, a class alone as in a batch, progress, stopping, refusals. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import type { Item, Maps, Method, OnStep } from '../../../src/main/explain/method.js';
import { methodOf, methods } from '../../../src/main/explain/methods.js';
import type { Vit } from '../../../src/main/model/vit.js';
import { type MethodParameters, methodFacts, methodIds, methodParameters } from '../../../src/shared/methods.js';
import { type VitShape, randomVit } from '../../support/random-vit.js';

const builds: Readonly<Record<string, Partial<VitShape>>> = {
  plain: {},
  'one channel': { channels: 1 },
  distilled: { prefix: ['cls', 'distillation'], pooling: 'distilled' },
  'registers, CLS and mean': { prefix: ['cls', 'register', 'register'], pooling: 'cls-and-mean-patches' },
  'CLS and mean of the rest': { pooling: 'cls-and-mean-rest', layerScale: true },
  'no prefix, mean': { prefix: [], pooling: 'mean-patches', grid: [3, 5] },
  'mean of all, hidden layer': { pooling: 'mean-all', hidden: 10 },
  'QK-norm, LayerScale, stem norm': { qkNorm: true, layerScale: true, stemNorm: true },
  gated: { gated: true },
  'post-norm': { blockNorm: 'post' },
  'res-post-norm': { blockNorm: 'res-post' },
  'one block': { blocks: 1 },
};

/** Small runs. */
const wish: MethodParameters = { masks: 12, steps: 3, samples: 3, cells: 3, keep: 0.5, threshold: 0.1, noise: 0.1 };
const goOn: OnStep = () => Promise.resolve(true);

function picture(vit: Vit, seed: number): Float32Array {
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  return Float32Array.from({ length: size }, (_, index) => Math.sin(index * 0.37 + seed));
}

async function run(method: Method, vit: Vit, items: readonly Item[], onStep: OnStep = goOn): Promise<Maps | null> {
  const prepared = await method.prepare(vit, cpuSessions(1));
  const parameters = methodParameters(method.id, wish);
  const maps = await prepared.run({ items, parameters, onStep });
  await prepared.release();
  return maps;
}

const refused = new Map<string, readonly string[]>([
  ['gated', ['chefer1']],
  ['post-norm', ['vit-cx', 'bt-t']],
  ['res-post-norm', ['vit-cx', 'bt-t']],
]);

describe('the table of methods', () => {
  it('holds the methods of the shared table in their order', () => {
    expect(methods.map(({ id }) => id)).toEqual(methodIds);
    expect(methodOf('bt-t').id).toBe('bt-t');
  });
});

describe.each(Object.entries(builds))('%s', (name, shape) => {
  const vit = randomVit(shape);

  it('refuses what the build does not have, in a sentence', () => {
    const reasons = methods
      .map((method) => [method.id, method.refusal(vit)] as const)
      .filter(([, why]) => why !== null);
    expect(reasons.map(([id]) => id)).toEqual(refused.get(name) ?? []);
    for (const [, why] of reasons) expect(why).toMatch(/^[A-Z].*\.$/);
  });

  it.each(methods.filter((method) => method.refusal(vit) === null).map((method) => [method.id, method] as const))(
    '%s',
    async (id, method) => {
      const [first, second] = [picture(vit, 0), picture(vit, 1)];
      const items: Item[] = [
        { pixels: first, classIndex: 1 },
        { pixels: second, classIndex: 0 },
        { pixels: first, classIndex: 4 },
      ];
      const steps: number[] = [];
      const totals = new Set<number>();
      const result = await run(method, vit, items, (done, total) => {
        steps.push(done);
        totals.add(total);
        return Promise.resolve(true);
      });
      const { maps = [], width, height, cost } = result ?? {};
      const { resolution, classIndependent } = methodFacts(id);
      expect([width, height]).toEqual(
        resolution === 'patch' ? [vit.gridWidth, vit.gridHeight] : [vit.inputWidth, vit.inputHeight],
      );
      expect(maps.map((map) => map.length)).toEqual(items.map(() => (width ?? 0) * (height ?? 0)));
      // A patch that no mask keeps has no value in TIS; nothing else may be missing.
      const missing = id === 'tis' || id === 'tis-pixels' ? Number.isNaN : () => false;
      for (const map of maps) expect(map.every((value) => Number.isFinite(value) || missing(value))).toBe(true);
      // Where a path gradient is nowhere positive, or all attention was discarded, a map is zero: by definition.
      const mayBeZero = ['tam', 'bt-t', 'bt-h', 'rollout'].includes(id);
      for (const map of maps) expect(new Set(map).size > 1 || mayBeZero).toBe(true);
      expect(cost?.forward).toBeGreaterThan(0);
      // Progress only rises, and ends at its total.
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
      expect([...totals]).toEqual([steps.at(-1)]);
      // An item alone gives what it gives among others.
      const alone = await run(method, vit, items.slice(1, 2));
      alone?.maps[0]?.forEach((value, at) => {
        const among = maps[1]?.[at] ?? NaN;
        if (!Number.isNaN(value)) expect(Math.abs(value - among)).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)));
      });
      const differ = maps[0]?.some((value, at) => Math.abs(value - (maps[2]?.[at] ?? 0)) > 1e-9) ?? false;
      expect(differ || mayBeZero).toBe(!classIndependent || mayBeZero);
      if (classIndependent) expect(differ).toBe(false);
    },
  );
});

describe('stopping', () => {
  it.each(methods.map((method) => [method.id, method] as const))(
    '%s ends with nothing when it is told to',
    async (_, method) => {
      const vit = randomVit();
      const items = [{ pixels: picture(vit, 0), classIndex: 0 }];
      expect(await run(method, vit, items, () => Promise.resolve(false))).toBeNull();
    },
  );
});
