/**
 * The table of the engine's calls, one entry a call: what goes in, what comes back, which process serves it and how. What both
 * sides do for every call (the main side's `Engine`, the protocol, the queue of the process) follows from it; what a call does
 * stands in `tasks/`, in the file of its name. Plain facts and types, so that the main side loads no ONNX Runtime and no decoder.
 */

import type { PictureSize } from '../../shared/picture-address.js';
import type { MethodOffer } from '../../shared/methods.js';
import type { ModelInspection, ModelSummary } from '../../shared/model.js';
import type { FidelityFigures, SpeedFigures } from '../../shared/speed.js';
import type { ImageSource } from '../dataset/dataset.js';
import type {
  EngineInput,
  FidelityRequest,
  IdentifyOutcome,
  MethodInput,
  MethodOutcome,
  MethodRequest,
  ModelLocation,
  Picture,
  PredictOutcome,
  RunProgress,
  SpeedRequest,
  TisOutcome,
  TisProgress,
  TisRequest,
} from './exchange.js';

/** Processes of one engine: what computes, pictures that never wait for it, and models looked into, which are freed right after. */
export const engineRoles = ['compute', 'pictures', 'inspector'] as const;
export type EngineRole = (typeof engineRoles)[number];

/** How urgent work is that runs graphs, the most urgent first. */
export const urgencies = ['picture', 'explain', 'compare', 'ahead', 'predict'] as const;
export type Urgency = (typeof urgencies)[number];

/** What is to be known of a call before it is made. */
interface CallFacts<Input> {
  readonly role: EngineRole;
  /** Of the graphs that it runs in its turn; null where it takes none. */
  readonly urgency: ((input: Input) => Urgency) | null;
  /** Whether it is made once more when the process died meanwhile: for what is done before any image can be blamed. */
  readonly twice: boolean;
}

interface Call<Input, Result, Progress> extends CallFacts<Input> {
  /** Never there: carries the types. */
  readonly types?: { readonly input: Input; readonly result: Result; readonly progress: Progress };
}

/** A call that takes `Input`, answers with `Result`, and tells `Progress` on the way. */
function call<Input, Result, Progress = never>(facts: CallFacts<Input>): Call<Input, Result, Progress> {
  return facts;
}

interface OfModel {
  readonly model: ModelLocation;
}

export const engineCalls = {
  /** Opens (or finds open) a model and proves its cut on random input. */
  openModel: call<OfModel, ModelSummary>({ role: 'compute', urgency: null, twice: true }),

  /** What the model is, what it costs to run, and how well its two halves agree with the whole. */
  inspectModel: call<OfModel, ModelInspection>({ role: 'inspector', urgency: () => 'predict', twice: true }),

  /** One outcome an input, in order; a bad image never fails its neighbours. Somebody waits for it where `awaited`. */
  predict: call<
    OfModel & { readonly inputs: readonly EngineInput[]; readonly awaited?: boolean | undefined },
    readonly PredictOutcome[]
  >({ role: 'compute', urgency: ({ awaited }) => (awaited === true ? 'explain' : 'predict'), twice: false }),

  /** TIS maps of one image; tells the maps while they settle, at most ten times a second. */
  explainTis: call<OfModel & { readonly input: EngineInput; readonly request: TisRequest }, TisOutcome, TisProgress>({
    role: 'compute',
    urgency: ({ request }) => (request.ahead === true ? 'ahead' : 'explain'),
    twice: false,
  }),

  /** Measures for about three seconds what computing costs; `input` is an image to measure with. */
  measureSpeed: call<OfModel & { readonly input: EngineInput; readonly request: SpeedRequest }, SpeedFigures>({
    role: 'compute',
    urgency: () => 'compare',
    twice: false,
  }),

  /** Compares maps of rough numbers with those of float32; images that cannot be read are passed over. */
  measureFidelity: call<
    OfModel & { readonly inputs: readonly EngineInput[]; readonly request: FidelityRequest },
    FidelityFigures
  >({ role: 'compute', urgency: () => 'ahead', twice: false }),

  /** Every method, with the parameters it would use and why the model refuses it. */
  methods: call<OfModel, readonly MethodOffer[]>({ role: 'compute', urgency: null, twice: true }),

  /**
   * Maps of any method, one outcome an input in order; a bad image never fails its neighbours. Tells how far it has come, at
   * most ten times a second. Rejects with AppError `METHOD_UNSUPPORTED` when the model refuses the method.
   */
  explainWith: call<
    OfModel & { readonly inputs: readonly MethodInput[]; readonly request: MethodRequest },
    readonly MethodOutcome[],
    RunProgress
  >({ role: 'compute', urgency: ({ request }) => (request.ahead === true ? 'ahead' : 'compare'), twice: false }),

  /**
   * Reads and hashes without decoding: one outcome an input, in order; a file that cannot be read never fails its neighbours.
   * Needs no model, and runs beside what the model computes.
   */
  identify: call<{ readonly inputs: readonly ImageSource[] }, readonly IdentifyOutcome[]>({
    role: 'pictures',
    urgency: null,
    twice: false,
  }),

  /** Starts the process of pictures and loads what decodes them, before anybody waits for one. */
  readyPictures: call<null, null>({ role: 'pictures', urgency: null, twice: false }),

  /** A picture of this size for people. */
  picture: call<{ readonly source: ImageSource; readonly size: Exclude<PictureSize, 'model'> }, Picture>({
    role: 'pictures',
    urgency: null,
    twice: false,
  }),

  /** The picture exactly as the model sees it, before normalisation. */
  modelPicture: call<OfModel & { readonly source: ImageSource }, Picture>({
    role: 'compute',
    urgency: () => 'picture',
    twice: false,
  }),
};

type EngineCalls = typeof engineCalls;
export type EngineCall = keyof EngineCalls;

type TypesOf<C extends EngineCall> = NonNullable<EngineCalls[C]['types']>;
export type InputOf<C extends EngineCall> = TypesOf<C>['input'];
export type ResultOf<C extends EngineCall> = TypesOf<C>['result'];
export type ProgressOf<C extends EngineCall> = TypesOf<C>['progress'];

/** What a caller may add to a call. */
export interface OptionsOf<C extends EngineCall> {
  readonly signal?: AbortSignal | undefined;
  /** Hears what the call tells on the way. */
  readonly onProgress?: ((progress: ProgressOf<C>) => void) | undefined;
}

/** How urgent the graphs of a call are; null where it takes no turn. */
export function urgencyOf<C extends EngineCall>(call: C, input: InputOf<C>): Urgency | null {
  const facts: { readonly [Name in EngineCall]: CallFacts<InputOf<Name>> } = engineCalls;
  return facts[call].urgency?.(input) ?? null;
}
