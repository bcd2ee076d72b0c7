/** One case of the conformance suite, written, opened and run once: what every expectation looks at. */

import type { ModelSummary } from '../../../src/shared/model.js';
import type { Vit } from '../../../src/main/model/vit.js';
import type { Model } from '../../../src/main/onnx/graph.js';
import { type RunTensor, floats } from '../../../src/main/onnx/runner.js';
import type { Architecture } from '../../support/export-styles/architecture.js';
import {
  embedModel,
  encodeModel,
  originalFeed,
  randomPixels,
  runOnce,
} from '../../support/export-styles/check-model.js';
import { type Parameters, randomParameters } from '../../support/export-styles/parameters.js';
import type { Written } from '../../support/export-styles/written.js';
import type { TestedProvider } from '../../support/provider.js';
import type { Case } from '../cases/case.js';
import { openFiles } from '../open-written.js';

export type Outputs = Readonly<Record<string, RunTensor>>;

export interface Subject {
  readonly each: Case;
  readonly a: Architecture;
  readonly p: Parameters;
  readonly seed: number;
  readonly file: Written;
  readonly provider: TestedProvider;
  readonly vit: Vit;
  readonly summary: ModelSummary;
  /** The graph as it lies in the file. */
  readonly stored: Model | null;
  /** The same random pictures for the original and for the rebuilt model, which always takes `[B, C, H, W]`. */
  readonly originalFeeds: Outputs;
  readonly pixels: RunTensor;
  /** What the rebuilt model makes of them: its tokens, and from them `logits`, `block_i` and `attention_i`. */
  readonly tokens: RunTensor;
  readonly rebuilt: Outputs;
}

/** An output by name. */
export function tensorOf(outputs: Outputs, name: string): RunTensor {
  const tensor = outputs[name];
  if (!tensor) throw new RangeError(`No output '${name}'`);
  return tensor;
}

/** Writes the file, opens it and runs the model that came out. */
export async function subjectOf(each: Case, seed: number, provider: TestedProvider): Promise<Subject> {
  const { architecture: a } = each;
  const p = randomParameters(a, seed);
  const file = await each.write(a, p);
  const files = { 'model.onnx': file.bytes, ...file.beside };
  const { vit, summary, original } = await openFiles(files, 'model.onnx', provider.create, each.values);
  const count = file.batch ?? 2;
  const random = randomPixels(a, count, seed);
  const pixels = floats(random, count, a.channels, a.height, a.width);
  const name = file.layout === 'NHWC' ? 'input_1' : 'input';
  const originalFeeds = { [name]: originalFeed(a, random, file.layout) };
  const tokens = tensorOf(await runOnce(provider.create, embedModel(vit), { pixels }), 'tokens');
  const rebuilt = await runOnce(provider.create, encodeModel(vit, true), { tokens });
  return { each, a, p, seed, file, provider, vit, summary, stored: original, originalFeeds, pixels, tokens, rebuilt };
}
