/** Models as ONNX Runtime itself saves them after optimising (`optimized_model_filepath`). */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Model } from '../../../src/main/onnx/graph.js';
import { writeModel } from '../../../src/main/onnx/write-model.js';

/** The bytes that ONNX Runtime writes after its extended optimisations. */
export async function ortOptimised(model: Model): Promise<Uint8Array> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { InferenceSession } = await import('onnxruntime-node');
  const folder = await mkdtemp(join(tmpdir(), 'hognose-optimised-'));
  try {
    const optimizedModelFilePath = join(folder, 'optimised.onnx');
    const session = await InferenceSession.create(writeModel(model), {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'extended',
      optimizedModelFilePath,
      logSeverityLevel: 4,
    });
    await session.release();
    return await readFile(optimizedModelFilePath);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
