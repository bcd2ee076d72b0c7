/** What the main side may ask of the engine process; `host.ts` implements it over messages, `worker.ts` answers. */

import type { FractionRect, TisParameters } from '../../shared/audit.js';
import type { ModelChoice, ModelInspection, ModelSummary } from '../../shared/model.js';
import type { ErrorData } from '../../shared/errors.js';
import type { MethodCost, MethodId, MethodOffer, MethodParameters } from '../../shared/methods.js';
import type { PictureSize } from '../../shared/picture-address.js';
import type { Precision } from '../../shared/precision.js';
import type { FidelityFigures, SpeedFigures } from '../../shared/speed.js';
import type { ImageSource } from '../dataset/dataset.js';

/** Names a model and what a person wants of it beyond what its files say. */
export interface ModelLocation {
  /** An `.onnx` file, a `.safetensors` file, or a Hugging Face or timm folder. */
  readonly path: string;
  readonly choice?: ModelChoice | undefined;
  /** The model that is meant; another one found there is refused with `MODEL_CHANGED`. Absent: whichever is there. */
  readonly hash?: string | undefined;
}

/** What reading an image tells, whether or not it could be decoded. */
export interface ImageFacts {
  readonly sha256: string;
  /** Size of the file (or of the raw pixels in a container) in bytes. */
  readonly bytes: number;
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  /** What the model sees of it. */
  readonly modelView: FractionRect;
  /** The file's stamp right before it was read (`dataset/file-stamp.ts`); null when nobody looked. */
  readonly stamp: string | null;
}

/** One image's prediction, or why there is none. */
export type PredictOutcome =
  | { readonly ok: true; readonly facts: ImageFacts; readonly probabilities: Float32Array }
  | { readonly ok: false; readonly error: ErrorData };

/** What tells one content from another, or why it could not be read. */
export type IdentifyOutcome =
  | {
      readonly ok: true;
      /** Hexadecimal, as in {@link ImageFacts}. */
      readonly sha256: string;
      /** Size of the file (or of the raw pixels in a container) in bytes. */
      readonly bytes: number;
      /** As in {@link ImageFacts}. */
      readonly stamp: string;
    }
  | { readonly ok: false; readonly error: ErrorData };

/** Maps of a set of classes of one image; every array has `classes.length` rows. */
export interface TisMaps {
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Softmax of the clean image, `[C]`. */
  readonly probabilities: Float32Array;
  readonly classes: Int32Array;
  /** `[classes, N]` row-major, raw: what masks with / without the token score, in probability; NaN where there is no such mask. */
  readonly kept: Float32Array;
  readonly dropped: Float32Array;
  /** Standard error of `kept`; NaN where too few masks tell. */
  readonly keptError: Float32Array;
  /** `kept` from the even and from the odd masks alone, `[2, classes, N]`: how far it has settled. */
  readonly halves: Float32Array;
  /** What keeping a patch adds to the logarithm of the class's probability, in nats; NaN where no mask keeps or none drops it. */
  readonly evidence: Float32Array;
  /** The same from the masks of all groups but one, `[16, classes, N]`. */
  readonly evidenceWithout: Float32Array;
  /** Masks that were scored for them. */
  readonly scored: number;
}

/** Maps that still settle. */
export interface TisProgress extends TisMaps {
  /** Masks that will be scored at most. */
  readonly total: number;
}

/** The TIS maps of one image. */
export interface TisOutcome extends TisMaps {
  readonly facts: ImageFacts | null;
  /** Rows of the data matrix that started the clusters, `[masks]`. */
  readonly initIndices: Int32Array;
  /** Tokens of each mask, `[masks, K]`, scored or not. */
  readonly maskIndices: Int32Array;
  readonly milliseconds: number;
}

export interface TisRequest {
  readonly parameters: TisParameters;
  /** Classes wanted besides the `top` most probable ones, in this order and before them. */
  readonly classes: readonly number[];
  readonly top: number;
  /** Nobody waits for it: everything that somebody waits for goes first, between two runs of a graph. */
  readonly ahead?: boolean | undefined;
  /** Replays these initial centroids instead of drawing them from the seed. */
  readonly initIndices?: Int32Array | undefined;
}

/** TIS settings whose cost is measured. */
export interface SpeedRequest {
  readonly masks: number;
  readonly ratio: number;
}

/** Numbers that are compared with float32. */
export interface FidelityRequest {
  readonly precision: Precision;
  readonly ratio: number;
}

/** One image to explain, with the classes wanted of it: those named, then the `top` most probable others. */
export interface MethodInput {
  readonly input: EngineInput;
  readonly classes: readonly number[];
  readonly top: number;
}

export interface MethodRequest {
  readonly method: MethodId;
  readonly parameters: MethodParameters;
  /** As in {@link TisRequest}. */
  readonly ahead?: boolean | undefined;
}

/** The maps of one image by one method, or why there are none. */
export type MethodOutcome =
  | {
      readonly ok: true;
      readonly facts: ImageFacts;
      /** Softmax of the clean image, `[C]`. */
      readonly probabilities: Float32Array;
      readonly classes: Int32Array;
      readonly width: number;
      readonly height: number;
      /** `[classes, height, width]` row-major, raw. */
      readonly maps: Float32Array;
      readonly parameters: MethodParameters;
      /** Share of the run's time and passes that falls to this image. */
      readonly milliseconds: number;
      readonly cost: MethodCost;
    }
  | { readonly ok: false; readonly error: ErrorData };

/** Hears how far a call has come, in runs of a graph. */
export type OnProgress = (done: number, total: number) => void;

/** Sees maps that still settle. */
export type OnMaps = (maps: TisProgress) => void;

/** A picture ready for a window or a report. */
export interface Picture {
  readonly bytes: Uint8Array;
  readonly mime: 'image/jpeg' | 'image/png';
  readonly width: number;
  readonly height: number;
}

/** An already preprocessed input in place of an image: a `.safetensors` file with `pixels` `[1, 3, H, W]` float32. */
export type EngineInput = ImageSource;

/**
 * The engine: decoding and ONNX Runtime in a process of its own. Every call rejects with AppError; `ENGINE_STOPPED`
 * when the process died (the next call starts a new one), `CANCELLED` when `signal` was aborted.
 */
export interface Engine {
  /** Opens (or finds open) a model and proves its cut on random input. */
  openModel(model: ModelLocation, signal?: AbortSignal): Promise<ModelSummary>;
  /** What the model is, what it costs to run, and how well its two halves agree with the whole. */
  inspectModel(model: ModelLocation, signal?: AbortSignal): Promise<ModelInspection>;
  /** One outcome an input, in order; a bad image never fails its neighbours. Somebody waits for it where `awaited`. */
  predict(
    model: ModelLocation,
    inputs: readonly EngineInput[],
    signal?: AbortSignal,
    awaited?: boolean,
  ): Promise<readonly PredictOutcome[]>;
  /** `onMaps` sees the maps while they settle, at most ten times a second. */
  explainTis(
    model: ModelLocation,
    input: EngineInput,
    request: TisRequest,
    options?: { readonly signal?: AbortSignal | undefined; readonly onMaps?: OnMaps | undefined },
  ): Promise<TisOutcome>;
  /** Measures for about three seconds what computing costs; `input` is an image to measure with. */
  measureSpeed(
    model: ModelLocation,
    input: EngineInput,
    request: SpeedRequest,
    signal?: AbortSignal,
  ): Promise<SpeedFigures>;
  /** Compares maps of rough numbers with those of float32; images that cannot be read are passed over. */
  measureFidelity(
    model: ModelLocation,
    inputs: readonly EngineInput[],
    request: FidelityRequest,
    signal?: AbortSignal,
  ): Promise<FidelityFigures>;
  /** Every method, with the parameters it would use and why the model refuses it. */
  methods(model: ModelLocation, signal?: AbortSignal): Promise<readonly MethodOffer[]>;
  /**
   * Maps of any method, one outcome an input in order; a bad image never fails its neighbours. Rejects with AppError
   * `METHOD_UNSUPPORTED` when the model refuses the method.
   */
  explainWith(
    model: ModelLocation,
    inputs: readonly MethodInput[],
    request: MethodRequest,
    options?: { readonly signal?: AbortSignal | undefined; readonly onProgress?: OnProgress | undefined },
  ): Promise<readonly MethodOutcome[]>;
  /**
   * Reads and hashes without decoding: one outcome an input, in order; a file that cannot be read never fails its neighbours.
   * Needs no model, and runs beside what the model computes.
   */
  identify(inputs: readonly ImageSource[], signal?: AbortSignal): Promise<readonly IdentifyOutcome[]>;
  /** `model` is needed for size `model` only: the picture exactly as the model sees it, before normalisation. */
  picture(source: ImageSource, size: PictureSize, model?: ModelLocation, signal?: AbortSignal): Promise<Picture>;
  close(): Promise<void>;
}
