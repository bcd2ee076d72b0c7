/** Asks a graph about itself: cuts small parts out of it, runs them on chosen numbers, and bounds what that may cost. */

import { type AppError } from '../../shared/errors.js';
import { extract } from '../onnx/extract.js';
import type { Dimension, Model, Node, ValueInfo } from '../onnx/graph.js';
import { type CreateSession, type Feeds, type RunTensor, type Session } from '../onnx/runner.js';
import { definedValues } from '../onnx/scopes.js';
import { type Shapes, inferShapes } from '../onnx/shapes.js';
import { type DataType, elementCount } from '../onnx/tensor.js';
import { unsupported } from './not-vit.js';

/** A value inside the graph that was probed: its numbers and its shape. */
export interface Answer {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Operators whose running time a file of a few bytes can make endless. */
const unbounded: ReadonlySet<string> = new Set(['Loop', 'Scan']);
/** A value may take this much, or as much as all weights of the file together. */
const smallest = 32 * 2 ** 20;

function runTensor(type: DataType, dims: readonly number[], data: Float32Array): RunTensor {
  switch (type) {
    case 'uint8':
      return { type, dims, data: Uint8Array.from(data) };
    case 'int32':
      return { type, dims, data: Int32Array.from(data) };
    case 'int64':
      return { type, dims, data: BigInt64Array.from(data, (value) => BigInt(Math.round(value))) };
    default:
      return { type: 'float32', dims, data };
  }
}

/** A part of the graph that is loaded and can be run many times. */
export class Part {
  readonly #session: Session | null;
  readonly #echoes: readonly string[];
  readonly #inputs: readonly ValueInfo[];
  readonly #name: string;
  readonly #file: string;

  constructor(
    session: Session | null,
    inputs: readonly ValueInfo[],
    echoes: readonly string[],
    name: string,
    file: string,
  ) {
    this.#session = session;
    this.#inputs = inputs;
    this.#echoes = echoes;
    this.#name = name;
    this.#file = file;
  }

  /** Runs on the given numbers (zeros for inputs that are left out). */
  async run(values: ReadonlyMap<string, Float32Array>): Promise<ReadonlyMap<string, Answer>> {
    const feeds: Record<string, RunTensor> = {};
    for (const { name, type, dims } of this.#inputs) {
      const shape = dims as readonly number[];
      feeds[name] = runTensor(type, shape, values.get(name) ?? new Float32Array(elementCount(shape)));
    }
    const answers = new Map<string, Answer>();
    for (const name of this.#echoes) {
      const dims = this.#inputs.find((input) => input.name === name)?.dims as readonly number[];
      answers.set(name, { data: values.get(name) ?? new Float32Array(elementCount(dims)), dims });
    }
    for (const [name, tensor] of Object.entries(await this.#results(feeds))) {
      if (tensor.type !== 'float32') throw cannotRun(this.#file, this.#name, `'${name}' is of type ${tensor.type}`);
      answers.set(name, { data: tensor.data, dims: tensor.dims });
    }
    return answers;
  }

  async #results(feeds: Feeds): Promise<Readonly<Record<string, RunTensor>>> {
    if (!this.#session) return {};
    try {
      return await this.#session.run(feeds);
    } catch (error) {
      throw cannotRun(this.#file, this.#name, error instanceof Error ? error.message : String(error), error);
    }
  }

  async release(): Promise<void> {
    await this.#session?.release();
  }
}

function cannotRun(file: string, part: string, message: string, cause?: unknown): AppError {
  const [line = ''] = message.replace(/\s+/g, ' ').split(' (inputs:');
  return unsupported(
    file,
    `${part} cannot be run (${line.trim().slice(0, 300)})`,
    'Check that the file runs in ONNX Runtime, and export it again with a fixed input size if it does.',
    { cause },
  );
}

/** A model with all sizes known, ready to be asked. */
export class Asker {
  readonly model: Model;
  readonly shapes: Shapes;
  readonly file: string;
  readonly #createSession: CreateSession;
  readonly #limit: number;
  readonly #values: ReadonlySet<string>;

  constructor(model: Model, file: string, createSession: CreateSession) {
    this.model = model;
    this.shapes = inferShapes(model);
    this.file = file;
    this.#createSession = createSession;
    const weights = [...model.graph.initializers.values()].reduce((sum, tensor) => sum + tensor.bytes.byteLength, 0);
    this.#limit = Math.max(smallest, weights);
    this.#values = definedValues(model.graph);
  }

  /** Whether the graph has a value of this name. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The shape of a value. @throws AppError `MODEL_UNSUPPORTED` when it is not known. */
  dims(name: string): readonly number[] {
    const dims = this.shapes.dims(name);
    if (dims?.every((dim) => typeof dim === 'number' && dim >= 0) !== true) {
      throw unsupported(
        this.file,
        `the shape of '${name}' cannot be known before it is run`,
        'Export the model again with a fixed input size and batch size.',
      );
    }
    return dims as readonly number[];
  }

  /** Number of elements of a value. @throws AppError `MODEL_UNSUPPORTED` when there are absurdly many. */
  size(name: string): number {
    const dims = this.dims(name);
    if (this.#isAbsurd(dims)) throw this.#tooLarge(name, dims);
    return elementCount(dims);
  }

  /** Loads the part of the graph from `inputs` to `outputs`; `what` names it in errors ('block 3'). */
  async part(inputs: readonly string[], outputs: readonly string[], what: string): Promise<Part> {
    const given = new Set(inputs);
    const echoes = outputs.filter((name) => given.has(name));
    const wanted = [...new Set(outputs)].filter((name) => !given.has(name));
    const infos = [...given].map((name): ValueInfo => ({
      name,
      type: this.shapes.type(name) ?? 'float32',
      dims: this.dims(name),
    }));
    if (wanted.length === 0) return new Part(null, infos, echoes, what, this.file);
    const cut = extract(
      this.model,
      infos,
      wanted.map((name): ValueInfo => ({ name, type: 'float32', dims: null })),
    );
    this.#refuseAbsurd(cut.graph.nodes);
    const known = new Set(cut.graph.initializers.keys());
    const all = cut.graph.inputs
      .filter(({ name }) => !known.has(name))
      .map((input): ValueInfo => ({ ...input, dims: this.dims(input.name) }));
    const session = await this.create({ ...cut, graph: { ...cut.graph, inputs: all } }, what);
    return new Part(session, all, echoes, what, this.file);
  }

  /** A session whose failure is an AppError. */
  async create(model: Model, what: string): Promise<Session> {
    try {
      return await this.#createSession(model);
    } catch (error) {
      throw cannotRun(this.file, what, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** One run of a part. */
  async once(
    values: ReadonlyMap<string, Float32Array>,
    outputs: readonly string[],
    what: string,
  ): Promise<ReadonlyMap<string, Answer>> {
    const part = await this.part([...values.keys()], outputs, what);
    try {
      return await part.run(values);
    } finally {
      await part.release();
    }
  }

  /** Refuses what would take more memory or time than the file justifies, before anything is run. */
  #refuseAbsurd(nodes: readonly Node[]): void {
    for (const node of nodes) {
      if (unbounded.has(node.op)) {
        throw unsupported(
          this.file,
          `its node '${node.outputs[0] ?? node.op}' is a ${node.op}, so how long it runs is not known`,
          'Export the model without control flow.',
        );
      }
      for (const output of node.outputs) {
        const dims = output === '' ? null : this.shapes.dims(output);
        if (dims?.every((dim) => typeof dim === 'number') !== true) continue;
        if (this.#isAbsurd(dims)) throw this.#tooLarge(output, dims);
      }
    }
  }

  #isAbsurd(dims: readonly number[]): boolean {
    return elementCount(dims) * 4 > this.#limit;
  }

  #tooLarge(name: string, dims: readonly Dimension[]): Error {
    return unsupported(
      this.file,
      `its value '${name}' of shape [${dims.join(', ')}] is larger than a file of this size can mean`,
      'Check that the file is not damaged.',
    );
  }
}

/** The answer of a name. */
export function answerOf(answers: ReadonlyMap<string, Answer>, name: string): Answer {
  const answer = answers.get(name);
  if (!answer) throw new RangeError(`'${name}' was not asked for`);
  return answer;
}
