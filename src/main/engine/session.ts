/** ONNX Runtime behind the {@link Session} interface; the only file that imports it. */

import type * as Ort from 'onnxruntime-node';
import { AppError } from '../../shared/errors.js';
import { writeModel } from '../onnx/write-model.js';
import type { CreateSession, Feeds, RunTensor, Session } from '../onnx/runner.js';

type Runtime = typeof Ort;

/**
 * Loads ONNX Runtime without its telemetry: since 1.29 it reports to its maker and keeps a device identifier on disk,
 * unless this variable is set before its library is loaded. Hognose reaches no network at run time.
 */
async function loadRuntime(): Promise<Runtime> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  return import('onnxruntime-node');
}

function toOrt(ort: Runtime, tensor: RunTensor): Ort.Tensor {
  return new ort.Tensor(tensor.type, tensor.data, tensor.dims);
}

function fromOrt(name: string, tensor: Ort.Tensor): RunTensor {
  const { dims, data, type } = tensor;
  if (type === 'float32' && data instanceof Float32Array) return { type, dims, data };
  if (type === 'int64' && data instanceof BigInt64Array) return { type, dims, data };
  if (type === 'int32' && data instanceof Int32Array) return { type, dims, data };
  if (type === 'uint8' && data instanceof Uint8Array) return { type, dims, data };
  throw new AppError('INTERNAL', `Output '${name}' has the unexpected type ${type}.`);
}

function describe(feeds: Feeds): string {
  return Object.entries(feeds)
    .map(([name, tensor]) => `${name}: ${tensor.type}[${tensor.dims.join(', ')}]`)
    .join('; ');
}

class OrtSession implements Session {
  readonly #ort: Runtime;
  readonly #session: Ort.InferenceSession;

  constructor(ort: Runtime, session: Ort.InferenceSession) {
    this.#ort = ort;
    this.#session = session;
  }

  async run(feeds: Feeds, outputs?: readonly string[]): Promise<Readonly<Record<string, RunTensor>>> {
    const tensors = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(this.#ort, tensor)]));
    try {
      const results = await this.#session.run(tensors, [...(outputs ?? this.#session.outputNames)]);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(name, tensor)]));
    } catch (error) {
      if (error instanceof AppError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new AppError('INTERNAL', `ONNX Runtime failed: ${message} (inputs: ${describe(feeds)})`, '', {
        cause: error,
      });
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** A factory of CPU sessions that use `threads` threads each (0: one a core). */
export function cpuSessions(threads: number): CreateSession {
  return async (model) => {
    const ort = await loadRuntime();
    const bytes = model instanceof Uint8Array ? model : writeModel(model);
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      // Errors reach the caller as exceptions; the log would only repeat them.
      logSeverityLevel: 4,
      // Idle threads sleep: spinning gains 6 % on an idle machine and loses 30 % as soon as the window or a decoder
      // wants one of its cores.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    });
    return new OrtSession(ort, session);
  };
}
