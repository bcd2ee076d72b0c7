/** Predicts images: decoding runs ahead of inference, which takes its turn again for every few of them. */

import { AppError } from '../../../shared/errors.js';
import type { PredictOutcome } from '../exchange.js';
import type { Preparation } from '../images.js';
import type { ModelRuntime } from '../runtime.js';
import type { Task, Turn } from './task.js';

/** Images inferred in one run: where ONNX Runtime is fastest (4 to 8 on CPUs), and small enough to let urgent work in. */
const runSize = 8;

export const task: Task<'predict'> = async ({ model, inputs }, { models, images, turn, signal }) => {
  const runtime = await models.of(model);
  const preparations = inputs.map((input) => images.tryToPrepare(input, runtime, signal));
  const outcomes: PredictOutcome[] = [];
  for (let from = 0; from < inputs.length; from += runSize) {
    const ready = await Promise.all(preparations.slice(from, from + runSize));
    const answers = await infer(runtime, ready, turn);
    outcomes.push(...answers.map((answer, at) => numbersOf(answer, inputs[from + at]?.path ?? '')));
  }
  return outcomes;
};

/** An answer that is no distribution, as of a model whose arithmetic overflows, is none: figures made of it would be none either. */
function numbersOf(answer: PredictOutcome, path: string): PredictOutcome {
  if (!answer.ok || answer.probabilities.every(Number.isFinite)) return answer;
  const message = `The model gives no probabilities for ${path}: its answer has values that are no numbers.`;
  const hint = 'The weights may be damaged, or too large for their precision: try the model in float32.';
  return { ok: false, error: new AppError('IMAGE_UNREADABLE', message, hint).toData() };
}

async function infer(runtime: ModelRuntime, ready: readonly Preparation[], turn: Turn): Promise<PredictOutcome[]> {
  const good = ready.flatMap((one) => (one.ok ? [one.prepared] : []));
  const size = good[0]?.pixels.length ?? 0;
  const pixels = new Float32Array(good.length * size);
  for (const [at, { pixels: one }] of good.entries()) pixels.set(one, at * size);
  const work = (): Promise<Float32Array> => runtime.predict(pixels, good.length);
  const all = good.length === 0 ? new Float32Array(0) : await turn.run(work);
  const classes = runtime.summary.classes.length;
  let at = 0;
  return ready.map((one) => {
    if (!one.ok) return one;
    const probabilities = all.slice(at * classes, (at + 1) * classes);
    at++;
    return { ok: true, facts: one.prepared.facts, probabilities };
  });
}
