/** The published algorithm in the same engine, beside ours: one class after the other, no fusion, 128 masks at once. */

import { expect, it } from 'vitest';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { cpuSessions } from '../../src/main/engine/session.js';
import type { CreateSession } from '../../src/main/onnx/runner.js';
import { readVitFolder } from '../../src/main/model/folder.js';
import { type Vit, classCount, prefixCount, tokenCount } from '../../src/main/model/vit.js';
import { encode } from '../../src/main/model/vit-graph.js';
import { GraphBuilder } from '../../src/main/onnx/builder.js';
import { type Session, floatOutput, floats, indices } from '../../src/main/onnx/runner.js';
import { shared, sharedIsPresent } from '../support/shared.js';

const masks = 1024;
const batch = 128;
/** Label, prediction and runner-up: what one disagreement takes. */
const classes = 3;

/** Tokens and masks to probabilities in plain operators, every token through every block, as the published code does. */
function publishedScoring(vit: Vit, createSession: CreateSession): Promise<Session> {
  const g = new GraphBuilder('published');
  const tokens = g.input('tokens', 'float32', [tokenCount(vit), vit.width]);
  const rows = g.input('rows', 'int64', ['m', 'S']);
  const { logits } = encode(g, vit, g.gather(tokens, rows, 0), { blockOutputs: true });
  g.output('probabilities', g.softmax(logits), 'float32', ['m', classCount(vit)]);
  return createSession(g.model());
}

it.skipIf(!sharedIsPresent).each([
  ['as written', cpuSessions(0, { optimise: false })],
  ["with the runtime's own fusions", cpuSessions(0)],
] as const)('a disagreement of three classes on ViT-Tiny, %s', async (operators, createSession) => {
  const path = shared('models/vit-tiny-hf');
  const runtime = await ModelRuntime.open({ path }, { threads: 0 });
  const { vit } = await readVitFolder(path);
  const size = vit.channels * vit.inputHeight * vit.inputWidth;
  const pixels = Float32Array.from({ length: size }, (_, at) => Math.sin(at * at * 1e-6) * Math.cos(at / 900));
  const tis = await runtime.tis('float32');
  const init = runtime.initialRows(masks, 0);
  const session = await publishedScoring(vit, createSession);

  const published = async (): Promise<number> => {
    const start = performance.now();
    for (let one = 0; one < classes; one += 1) {
      const plan = await tis.plan(pixels, init, 0.5);
      const scores = new Float32Array(masks * classCount(vit));
      const tokens = floats(plan.tokens.values, tokenCount(vit), vit.width);
      const prefix = Array.from({ length: prefixCount(vit) }, (_, token) => token);
      for (let from = 0; from < masks; from += batch) {
        const rows = Array.from({ length: batch }, (_, mask) => {
          const at = (from + mask) * plan.kept;
          return [...prefix, ...plan.maskIndices.subarray(at, at + plan.kept).map((patch) => patch + prefix.length)];
        });
        const outputs = await session.run({ tokens, rows: indices(rows.flat(), batch, plan.kept + prefix.length) });
        scores.set(floatOutput(outputs, 'probabilities'), from * classCount(vit));
      }
      await tis.maps(plan, scores, Int32Array.of(one));
    }
    return performance.now() - start;
  };
  const ours = async (): Promise<number> => {
    const request = { parameters: { masks, ratio: 0.5, seed: 0 }, classes: [0, 1, 2], top: 0 };
    return (await runtime.explainTis(pixels, request)).milliseconds;
  };

  await ours();
  const [a, b, c] = [await ours(), await published(), await ours()];
  await session.release();
  await runtime.close();
  const figures = {
    published: operators,
    publishedSeconds: Number((b / 1000).toFixed(2)),
    ourSeconds: Number(((a + c) / 2000).toFixed(2)),
    timesFaster: Number(((2 * b) / (a + c)).toFixed(2)),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  expect(figures.timesFaster).toBeGreaterThan(0);
});
