/** The evidence graph against plain loops, down to groups without masks. */

import { describe, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { evidenceGraph } from '../../../src/main/explain/evidence-graph.js';
import { floatOutput, floats, indices } from '../../../src/main/onnx/runner.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';
import { randomVit } from '../../support/random-vit.js';

const vit = randomVit({ grid: [5, 4], classes: 3 });
const patches = 20;

function randomMasks(count: number, kept: number): { readonly maskIndices: Int32Array; readonly logs: Float32Array } {
  const random = seededRandom(5);
  const maskIndices = new Int32Array(count * kept);
  for (let mask = 0; mask < count; mask += 1) {
    const drawn = Array.from({ length: patches }, (_, patch) => ({ patch, key: random() }));
    drawn.sort((a, b) => a.key - b.key);
    maskIndices.set(
      drawn.slice(0, kept).map(({ patch }) => patch),
      mask * kept,
    );
  }
  return { maskIndices, logs: Float32Array.from({ length: count * 3 }, () => -50 - 4 * random()) };
}

async function evidenceOf(maskIndices: Int32Array, kept: number, logs: Float32Array, classes: number[]) {
  const session = await cpuSessions(1)(evidenceGraph(vit));
  const masks = maskIndices.length / kept;
  const outputs = await session.run({
    mask_indices: { type: 'int32', data: maskIndices, dims: [masks, kept] },
    log_probabilities: floats(logs, masks, 3),
    classes: indices(classes, classes.length),
  });
  await session.release();
  return { evidence: floatOutput(outputs, 'evidence'), without: floatOutput(outputs, 'evidence_without') };
}

function plain(maskIndices: Int32Array, kept: number, logs: Float32Array, classIndex: number, group: number | null) {
  return Array.from({ length: patches }, (_, patch) => {
    const sides = { with: [] as number[], without: [] as number[] };
    for (let mask = 0; mask < maskIndices.length / kept; mask += 1) {
      if (mask % 16 === group) continue;
      const keeps = maskIndices.subarray(mask * kept, (mask + 1) * kept).includes(patch);
      sides[keeps ? 'with' : 'without'].push(logs[mask * 3 + classIndex] ?? NaN);
    }
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    return mean(sides.with) - mean(sides.without);
  });
}

describe('the evidence graph', () => {
  it.each([160, 77, 9])('is kept minus dropped mean of %d masks, whole and without each group', async (count) => {
    const { maskIndices, logs } = randomMasks(count, 8);
    const { evidence, without } = await evidenceOf(maskIndices, 8, logs, [2, 0]);
    for (const [row, classIndex] of [2, 0].entries()) {
      for (const [patch, value] of plain(maskIndices, 8, logs, classIndex, null).entries()) {
        expect(evidence[row * patches + patch]).toBeCloseTo(value, 4);
      }
      for (let group = 0; group < 16; group += 1) {
        for (const [patch, value] of plain(maskIndices, 8, logs, classIndex, group).entries()) {
          const found = without[(group * 2 + row) * patches + patch];
          if (Number.isNaN(value)) expect(found).toBeNaN();
          else expect(found).toBeCloseTo(value, 4);
        }
      }
    }
  });

  it('has no value for a patch that no mask or every mask keeps', async () => {
    const { evidence } = await evidenceOf(Int32Array.of(0, 1, 0, 2), 2, new Float32Array(6).fill(-3), [1]);
    expect([...evidence].map((value) => Number.isNaN(value))).toEqual([
      true,
      false,
      false,
      ...new Array<boolean>(17).fill(true),
    ]);
  });
});
