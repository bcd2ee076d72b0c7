/** The work of one engine process: finds what a call does, loads it with the first of its kind, and gives it the means for it. */

import { AppError } from '../../shared/errors.js';
import type { CallPort } from '../processes/port.js';
import { type EngineCall, type InputOf, type ResultOf, type Urgency, urgencyOf } from './calls.js';
import { Images } from './images.js';
import type { EngineRequest } from './messages.js';
import { Models } from './models.js';
import type { RuntimeOptions } from './runtime.js';
import type { Task, Turn } from './tasks/task.js';
import { Turns } from './turns.js';

/** Loaded on demand: the process that only makes pictures needs no ONNX Runtime. */
const tasks: { readonly [C in EngineCall]: () => Promise<{ readonly task: Task<C> }> } = {
  openModel: () => import('./tasks/open-model.js'),
  inspectModel: () => import('./tasks/inspect-model.js'),
  predict: () => import('./tasks/predict.js'),
  explainTis: () => import('./tasks/explain-tis.js'),
  measureSpeed: () => import('./tasks/measure-speed.js'),
  measureFidelity: () => import('./tasks/measure-fidelity.js'),
  methods: () => import('./tasks/methods.js'),
  explainWith: () => import('./tasks/explain-with.js'),
  identify: () => import('./tasks/identify.js'),
  readyPictures: () => import('./tasks/ready-pictures.js'),
  picture: () => import('./tasks/picture.js'),
  modelPicture: () => import('./tasks/model-picture.js'),
};

/** Calls share the models, the slots for images, and the thread that runs graphs. */
export class EngineTasks {
  readonly #threads: number;
  readonly #turns = new Turns();
  readonly #models: Models;
  readonly #images: Images;

  constructor(options: RuntimeOptions) {
    this.#threads = options.threads;
    this.#models = new Models(options);
    this.#images = new Images(options.threads);
  }

  /** Does what a request asks; rejects with AppError. */
  async run<C extends EngineCall>(
    { call, input }: EngineRequest<C>,
    { signal, watched, tell }: CallPort,
  ): Promise<ResultOf<C>> {
    const { task } = await tasks[call]();
    return task(input, {
      models: this.#models,
      images: this.#images,
      threads: this.#threads,
      turn: this.#turn(call, input, signal),
      signal,
      watched,
      tell,
    });
  }

  #turn<C extends EngineCall>(call: C, input: InputOf<C>, signal: AbortSignal): Turn {
    const urgency = (): Urgency => {
      const found = urgencyOf(call, input);
      if (found !== null) return found;
      throw new AppError('INTERNAL', `A turn was asked for by "${call}", which takes none.`);
    };
    return {
      run: (work) => this.#turns.run(urgency(), signal, work),
      giveWay: () => this.#turns.giveWay(urgency(), signal),
    };
  }
}
