/** Images on their way into memory: so many are read, decoded and hashed at once, and become what a model takes. */

import { AppError, toAppError } from '../../shared/errors.js';
import { Slots } from '../../shared/slots.js';
import type { ImageSource } from '../dataset/dataset.js';
import { hashSource, readSource, sourceBytes } from '../dataset/source.js';
import { decodeRgb } from './decode.js';
import type { EngineInput, IdentifyOutcome, ImageFacts, PredictOutcome } from './exchange.js';
import type { ModelRuntime } from './runtime.js';
import { isTensorFile, readTensorInput } from './tensor-input.js';
import { decodedAtOnce, identifiedAtOnce, inHandAtOnce } from './threads.js';

/** An image as the model takes it. */
interface Prepared {
  readonly facts: ImageFacts;
  /** Normalised tensor `[3 * H * W]`. */
  readonly pixels: Float32Array;
}

/** A prepared image, or why there is none. */
export type Preparation = { readonly ok: true; readonly prepared: Prepared } | Extract<PredictOutcome, { ok: false }>;

function refuseAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('CANCELLED', 'The work was cancelled.');
}

/** Decoding overlaps inference, which needs no slot. */
export class Images {
  /** Images in memory, read ahead of decoding: a file that hangs takes the place of no decoder. */
  readonly #inHand: Slots;
  readonly #decoding: Slots;
  /** Files read for their hash alone, apart from the pictures that somebody waits for. */
  readonly #identifying = new Slots(identifiedAtOnce);

  /** @param threads of ONNX Runtime; 0 for one a core */
  constructor(threads: number) {
    this.#inHand = new Slots(inHandAtOnce(threads));
    this.#decoding = new Slots(decodedAtOnce(threads));
  }

  /** Does something with an image in memory. @throws AppError `CANCELLED` before that. */
  hold<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#inHand.run(() => {
      refuseAborted(signal);
      return work();
    });
  }

  /** Decodes an image that is held. */
  decode<T>(work: () => Promise<T>): Promise<T> {
    return this.#decoding.run(work);
  }

  /** An input as a model takes it. @throws AppError `IMAGE_*`, `TENSOR_FILE_INVALID`, `CANCELLED`. */
  prepare(input: EngineInput, runtime: ModelRuntime, signal: AbortSignal): Promise<Prepared> {
    return this.hold(signal, async () => {
      if (isTensorFile(input)) return readTensorInput(input, runtime.summary);
      const data = await readSource(input);
      return this.decode(async () => {
        const image = await decodeRgb(data);
        const { width, height } = image;
        const modelView = runtime.modelView(width, height);
        const { stamp } = data;
        const facts = { sha256: hashSource(data), bytes: sourceBytes(data), width, height, modelView, stamp };
        return { facts, pixels: await runtime.preprocess(image) };
      });
    });
  }

  /** Never rejects: a bad image is an outcome like any other. */
  async tryToPrepare(input: EngineInput, runtime: ModelRuntime, signal: AbortSignal): Promise<Preparation> {
    try {
      return { ok: true, prepared: await this.prepare(input, runtime, signal) };
    } catch (error) {
      return { ok: false, error: toAppError(error).toData() };
    }
  }

  /** Never rejects for what is wrong with the file; a cancelled call is answered to nobody. */
  identify(input: ImageSource, signal: AbortSignal): Promise<IdentifyOutcome> {
    return this.#identifying.run(async () => {
      try {
        refuseAborted(signal);
        const data = await readSource(input);
        return { ok: true, sha256: hashSource(data), bytes: sourceBytes(data), stamp: data.stamp };
      } catch (error) {
        return { ok: false, error: toAppError(error).toData() };
      }
    });
  }
}
