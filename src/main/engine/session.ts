/** ONNX Runtime behind the {@link Session} interface; the only file that imports it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Ort from 'onnxruntime-node';
import { AppError } from '../../shared/errors.js';
import type { Model } from '../onnx/graph.js';
import { writeModel, writeModelFiles } from '../onnx/write-model.js';
import { withAttentionBias } from '../onnx/passes/attention-bias.js';
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
  readonly #cleanUp: () => Promise<void>;

  constructor(ort: Runtime, session: Ort.InferenceSession, cleanUp: () => Promise<void>) {
    this.#ort = ort;
    this.#session = session;
    this.#cleanUp = cleanUp;
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
    await this.#cleanUp();
  }
}

/** Bytes of a model's weights, of each stretch of memory once. */
function weightBytes({ graph }: Model): number {
  const stretches = new Set([...graph.initializers.values()].map(({ bytes }) => bytes));
  return [...stretches].reduce((sum, bytes) => sum + bytes.length, 0);
}

/** A model as the runtime loads it. */
interface Source {
  readonly model: string | Uint8Array;
  /** Removes what was written for it. */
  readonly remove: () => Promise<void>;
}

/** Weights of this many bytes fit into one serialised piece for sure: it holds 2 GB with everything around them. */
const largestPiece = 1.9e9;

/** The model in a private folder, its weights as data beside it. */
async function writtenSource(model: Model): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-model-'));
  // Windows keeps a file that is mapped into memory; then the folder goes with the session.
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true }).catch(() => undefined);
  const path = join(folder, 'model.onnx');
  try {
    await writeModelFiles(model, path);
    return { model: path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Small models as one piece in memory, large ones as files, if the disk takes them. */
async function sourceOf(model: Model | Uint8Array, filesFrom: number): Promise<Source> {
  if (model instanceof Uint8Array) return { model, remove: () => Promise.resolve() };
  const bytes = weightBytes(model);
  if (bytes >= filesFrom) {
    try {
      return await writtenSource(model);
    } catch (error) {
      if (bytes > largestPiece) {
        throw new AppError(
          'DISK_FULL',
          `The model could not be written to ${tmpdir()} for loading.`,
          `Free ${(bytes / 1e9).toFixed(1)} GB there, or set TMPDIR to a folder on another disk.`,
          { cause: error },
        );
      }
    }
  }
  const piece = writeModel(model);
  const remove = (): Promise<void> => {
    freeNow(piece);
    return Promise.resolve();
  };
  return { model: piece, remove };
}

/** Gives memory back at once: the collector would let several serialised models pile up. */
function freeNow({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}

function create(
  ort: Runtime,
  model: string | Uint8Array,
  settings: Ort.InferenceSession.SessionOptions,
): Promise<Ort.InferenceSession> {
  return typeof model === 'string'
    ? ort.InferenceSession.create(model, settings)
    : ort.InferenceSession.create(model, settings);
}

export interface SessionOptions {
  /** False runs every operator as it is written, for a reference that nothing was fused in. */
  readonly optimise?: boolean;
  /**
   * Bytes of weights from which on a model is loaded from files in a temporary folder, 100 MB by default: the runtime maps
   * them instead of copying them twice (ViT-B: 0.9 GB at the peak instead of 1.6, and half the time).
   */
  readonly filesFrom?: number;
}

/** A factory of CPU sessions that use `threads` threads each (0: one a core). */
export function cpuSessions(threads: number, options: SessionOptions = {}): CreateSession {
  return sessionsOn('cpu', threads, options);
}

/**
 * CPU sessions for opening a model, which runs pieces of it once or twice: pieces of 20 MB and more go through files, which
 * keeps the peak for a ViT-B of 346 MB at 600 MB instead of 690.
 */
export function openingSessions(threads: number): CreateSession {
  return cpuSessions(threads, { filesFrom: 2e7 });
}

/**
 * A factory of sessions on the graphics card; creating one fails where the runtime has no CUDA provider, running one with
 * AppError `INTERNAL` where memory does not suffice (`halving.ts` tells). Operators that CUDA lacks run on the processor.
 */
export function cudaSessions(options: SessionOptions = {}): CreateSession {
  return sessionsOn('cuda', 0, options);
}

/** What sessions run on. */
export type SessionTarget = 'cpu' | 'cuda';

/** A factory of sessions on either; see {@link cpuSessions} and {@link cudaSessions}. */
export function sessionsOn(provider: SessionTarget, threads: number, options: SessionOptions = {}): CreateSession {
  return async (model, wish = {}) => {
    const ort = await loadRuntime();
    const safe = model instanceof Uint8Array ? model : withAttentionBias(model);
    const source = await sourceOf(safe, options.filesFrom ?? 1e8);
    const settings: Ort.InferenceSession.SessionOptions = {
      executionProviders: [provider],
      enableCpuMemArena: wish.frugal !== true,
      graphOptimizationLevel: options.optimise === false ? 'disabled' : 'all',
      // Errors reach the caller as exceptions; the log would only repeat them.
      logSeverityLevel: 4,
      // Idle threads sleep: spinning gains 6 % on an idle machine and loses 30 % as soon as the window or a decoder
      // wants one of its cores.
      // Dequantised weights are folded into float32 ones: otherwise products with them become ones that round activations
      // to 8 bits too (by 1 % of the largest value), which the model never said.
      extra: { session: { intra_op: { allow_spinning: '0' }, disable_quant_qdq: '1' } },
      ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    };
    try {
      const session = await create(ort, source.model, settings);
      return new OrtSession(ort, session, source.remove);
    } finally {
      await source.remove();
    }
  };
}
