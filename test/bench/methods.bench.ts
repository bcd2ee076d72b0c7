/** Seconds a map of every method with the paper's settings, like Table 6 of the TIS supplement, beside the model's forward pass and the floor of its operations. */

import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuSessions } from '../../src/main/engine/session.js';
import { methods } from '../../src/main/explain/methods.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import { type Vit, classCount, patchCount, prefixCount } from '../../src/main/model/vit.js';
import { embed, encode } from '../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { fuse } from '../../src/main/onnx/passes/fuse.js';
import { toFloat64 } from '../../src/main/onnx/passes/to-float64.js';
import { floats } from '../../src/main/onnx/runner.js';
import { methodFacts, methodParameters } from '../../src/shared/methods.js';
import { shared, sharedIsPresent } from '../support/shared.js';
import { ceiling, encoderOperations, perSecond } from './measure.js';

interface Figures {
  readonly method: string;
  readonly seconds: number;
  readonly forward: number;
  readonly backward: number;
  /** Seconds over those of as many forward passes as there were backward ones; null without backward passes. */
  readonly forwardTimesABackward: number | null;
  /** Seconds over the floor: operations of the forward passes at the ceiling of the matrix product; null with backward passes. */
  readonly overFloor: number | null;
}

/** Seconds of one forward pass, in batches of four; Chefer1 runs in float64 and is compared with that. */
async function forwardSeconds(vit: Vit, precision: 'float32' | 'float64'): Promise<number> {
  const g = new GraphBuilder('forward');
  const pixels = g.input('pixels', 'float32', ['batch', vit.channels, vit.inputHeight, vit.inputWidth]);
  const { logits } = encode(g, vit, embed(g, vit, pixels), { blockOutputs: false });
  g.output('logits', logits, 'float32', ['batch', classCount(vit)]);
  const model = precision === 'float32' ? fuse(g.model(), 'cpu') : toFloat64(g.model());
  const session = await cpuSessions(0)(model);
  const batch = new Float32Array(4 * vit.channels * vit.inputHeight * vit.inputWidth).fill(0.1);
  const feed = { pixels: floats(batch, 4, vit.channels, vit.inputHeight, vit.inputWidth) };
  const rate = await perSecond(() => session.run(feed));
  await session.release();
  return 1 / (rate * 4);
}

/** The figures as a table of Markdown, as it stands in docs/benchmarks.md. */
function tableOf(rows: readonly Figures[]): string {
  const cell = (value: string | number | null): string => (value === null ? '' : String(value));
  const lines = rows.map(
    ({ method, seconds, forward, backward, forwardTimesABackward, overFloor }) =>
      `| ${[method, seconds, forward, backward, forwardTimesABackward, overFloor].map(cell).join(' | ')} |`,
  );
  const head = '| method | seconds | forward | backward | forward times a backward | over floor |';
  return `${[head, '| --- | --- | --- | --- | --- | --- |', ...lines].join('\n')}\n`;
}

const demo = resolve(import.meta.dirname, '../../resources/demo/model');
const models = [['demo', demo], ...(sharedIsPresent ? [['ViT-Tiny/16', shared('models/vit-tiny-hf')]] : [])] as [
  string,
  string,
][];

describe.each(models)('methods on %s', (name, path) => {
  let vit: Vit;
  let forward = 0;
  let doubleForward = 0;
  let rate = 0;
  const rows: Figures[] = [];

  beforeAll(async () => {
    ({ vit } = await readVitFolder(path));
    forward = await forwardSeconds(vit, 'float32');
    doubleForward = await forwardSeconds(vit, 'float64');
    rate = await ceiling({ width: vit.width, blocks: vit.blocks.length }, patchCount(vit));
  });

  it.each(methods.map((method) => [method.id, method] as const))('%s', async (id, method) => {
    expect(method.refusal(vit)).toBeNull();
    const prepared = await method.prepare(vit, cpuSessions(0));
    const size = vit.channels * vit.inputHeight * vit.inputWidth;
    // Methods of a pass or two take several images at once, as on a contact sheet; the others one.
    const count = methodFacts(id).cost === 'light' ? 4 : 1;
    const items = Array.from({ length: count }, (_, item) => ({
      pixels: Float32Array.from({ length: size }, (__, index) => Math.sin(index / 50 + item)),
      classIndex: 1,
    }));
    const run = {
      items,
      parameters: methodParameters(id),
      onStep: () => Promise.resolve(true),
    };
    // Sessions are made and memory is taken at the first run: that belongs to no map.
    await prepared.run({ ...run, parameters: { ...run.parameters, masks: 16, steps: 4, samples: 4 } });
    const times = count > 1 ? 5 : 1;
    const start = performance.now();
    let cost = { forward: 0, backward: 0 };
    for (let time = 0; time < times; time += 1) cost = (await prepared.run(run))?.cost ?? cost;
    cost = { forward: cost.forward / count, backward: cost.backward / count };
    const seconds = (performance.now() - start) / 1000 / times / count;
    await prepared.release();
    const tokens = patchCount(vit) + prefixCount(vit);
    const embedding = 2 * patchCount(vit) * vit.width * vit.channels * vit.patchHeight * vit.patchWidth;
    const pass = id === 'chefer1' ? doubleForward : forward;
    const operations = embedding + encoderOperations({ width: vit.width, blocks: vit.blocks.length }, tokens);
    rows.push({
      method: id,
      seconds: Number(seconds.toFixed(3)),
      ...cost,
      forwardTimesABackward: cost.backward === 0 ? null : Number((seconds / (cost.backward * pass)).toFixed(2)),
      // TIS runs on half of the tokens: its floor is that of its own benchmark.
      overFloor:
        cost.backward > 0 || id === 'tis' ? null : Number((seconds / ((cost.forward * operations) / rate)).toFixed(2)),
    });
    expect(seconds).toBeGreaterThan(0);
  });

  afterAll(() => {
    const facts = {
      model: name,
      forwardMilliseconds: Number((forward * 1000).toFixed(2)),
      float64ForwardMilliseconds: Number((doubleForward * 1000).toFixed(2)),
      ceilingGflops: Math.round(rate / 1e9),
    };
    for (const row of rows) process.stdout.write(`${JSON.stringify({ ...facts, ...row })}\n`);
    process.stdout.write(tableOf(rows));
  });
});
