/** Runs explanation methods with one opened model: chooses the classes, keeps the sessions of the methods used last. */

import { type MethodId, type MethodOffer, methodParameters } from '../../shared/methods.js';
import { AppError } from '../../shared/errors.js';
import type { Item, Maps, Method, OnStep, PreparedMethod } from '../explain/method.js';
import { methodOf, methods } from '../explain/methods.js';
import { type Vit, parameterCount } from '../model/vit.js';
import type { CreateSession } from '../onnx/runner.js';
import { chooseClasses } from './choose-classes.js';
import type { MethodInput, MethodOutcome, MethodRequest } from './exchange.js';

/** A preprocessed image with the classes wanted of it. */
export interface MethodSubject extends Pick<MethodInput, 'classes' | 'top'> {
  /** Normalised input `[channels * H * W]`. */
  readonly pixels: Float32Array;
}

/** What is made of one image. */
export type MadeMaps = Omit<Extract<MethodOutcome, { ok: true }>, 'ok' | 'facts'>;

/** Softmax of preprocessed images back to back, `[count, C]`. */
type Predict = (pixels: Float32Array, count: number) => Promise<Float32Array>;

/** What a runtime lends to the methods. */
interface MethodRunsOptions {
  readonly predict: Predict;
  /** Gigabytes that the sessions held ready may take together; a single method is held whatever it takes. */
  readonly memory: number;
}

const gigabyte = 1e9;
const floatBytes = 4;

export class MethodRuns {
  readonly #vit: Vit;
  readonly #createSession: CreateSession;
  readonly #predict: Predict;
  readonly #memory: number;
  /** The one used last at the end. */
  readonly #prepared = new Map<MethodId, Promise<PreparedMethod>>();
  /** Methods in the middle of a run that lets another one go first. */
  readonly #running = new Map<MethodId, number>();

  constructor(vit: Vit, createSession: CreateSession, { predict, memory }: MethodRunsOptions) {
    this.#vit = vit;
    this.#createSession = createSession;
    this.#predict = predict;
    this.#memory = memory * gigabyte;
  }

  /** Every method with its default parameters, and why the model refuses it. */
  offers(): readonly MethodOffer[] {
    return methods.map((method) => ({
      id: method.id,
      parameters: methodParameters(method.id),
      refusal: method.refusal(this.#vit),
    }));
  }

  /**
   * Maps of every subject, in order. `onStep` is called between two runs of a graph and may throw to stop the work.
   * @throws AppError `METHOD_UNSUPPORTED` for a method that the model refuses; `CANCELLED` when `onStep` answers false.
   */
  async run(subjects: readonly MethodSubject[], request: MethodRequest, onStep: OnStep): Promise<readonly MadeMaps[]> {
    const method = methodOf(request.method);
    const refusal = method.refusal(this.#vit);
    if (refusal !== null) throw new AppError('METHOD_UNSUPPORTED', refusal, 'Choose another method.');
    const parameters = methodParameters(request.method, request.parameters);
    const chosen = await this.#choose(subjects);
    const items: Item[] = chosen.flatMap(({ pixels, classes }) =>
      Array.from(classes, (classIndex) => ({ pixels, classIndex })),
    );
    if (items.length === 0) return [];
    const start = performance.now();
    const maps = await this.#held(method, async (prepared) => prepared.run({ items, parameters, onStep }));
    if (maps === null) throw new AppError('CANCELLED', 'The explanation was cancelled.');
    const milliseconds = performance.now() - start;
    let first = 0;
    return chosen.map(({ classes, probabilities }) => {
      const share = classes.length / items.length;
      const own = maps.maps.slice(first, first + classes.length);
      first += classes.length;
      return {
        classes,
        probabilities,
        parameters,
        ...joined(maps, own),
        milliseconds: milliseconds * share,
        ...costShare(maps, share),
      };
    });
  }

  async release(): Promise<void> {
    for (const prepared of this.#prepared.values()) await (await prepared).release();
    this.#prepared.clear();
  }

  async #choose(
    subjects: readonly MethodSubject[],
  ): Promise<readonly { pixels: Float32Array; classes: Int32Array; probabilities: Float32Array }[]> {
    if (subjects.length === 0) return [];
    const size = subjects[0]?.pixels.length ?? 0;
    const all = new Float32Array(subjects.length * size);
    for (const [place, { pixels }] of subjects.entries()) all.set(pixels, place * size);
    const predicted = await this.#predict(all, subjects.length);
    const count = predicted.length / subjects.length;
    return subjects.map(({ pixels, classes, top }, place) => {
      const probabilities = predicted.slice(place * count, (place + 1) * count);
      return { pixels, probabilities, classes: chooseClasses(probabilities, classes, top) };
    });
  }

  /** Works with a method that is not released meanwhile. */
  async #held<Result>(method: Method, work: (prepared: PreparedMethod) => Promise<Result>): Promise<Result> {
    const { id } = method;
    this.#running.set(id, (this.#running.get(id) ?? 0) + 1);
    try {
      return await work(await this.#prepare(method));
    } finally {
      this.#running.set(id, (this.#running.get(id) ?? 1) - 1);
    }
  }

  async #prepare(method: Method): Promise<PreparedMethod> {
    const known = this.#prepared.get(method.id);
    this.#prepared.delete(method.id);
    const prepared = known ?? method.prepare(this.#vit, this.#createSession);
    this.#prepared.set(method.id, prepared);
    try {
      const ready = await prepared;
      await this.#letGo();
      return ready;
    } catch (error) {
      this.#prepared.delete(method.id);
      throw error;
    }
  }

  /** Releases the methods used longest ago until the rest fits the memory. */
  async #letGo(): Promise<void> {
    const weights = parameterCount(this.#vit) * floatBytes;
    const taken = (): number => [...this.#prepared.keys()].reduce((sum, id) => sum + methodOf(id).copies * weights, 0);
    for (const [id, prepared] of this.#prepared) {
      if (this.#prepared.size === 1 || taken() <= this.#memory) return;
      if ((this.#running.get(id) ?? 0) > 0) continue;
      this.#prepared.delete(id);
      await (await prepared).release();
    }
  }
}

function joined({ width, height }: Maps, own: readonly Float32Array[]): Pick<MadeMaps, 'width' | 'height' | 'maps'> {
  const maps = new Float32Array(own.length * width * height);
  for (const [place, map] of own.entries()) maps.set(map, place * width * height);
  return { width, height, maps };
}

/** Passes of a run over several images, shared out by the number of maps. */
function costShare({ cost }: Maps, share: number): Pick<MadeMaps, 'cost'> {
  return { cost: { forward: Math.round(cost.forward * share), backward: Math.round(cost.backward * share) } };
}
