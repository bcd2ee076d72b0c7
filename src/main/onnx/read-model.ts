/** Opens ONNX models: ModelProto bytes, and files with their weights beside them, to the intermediate representation. */

import { AppError } from '../../shared/errors.js';
import { readExternalData, readWholeFile } from './external-data.js';
import type { Graph, Model, Node } from './graph.js';
import { GraphError, orderedGraph } from './ordered-graph.js';
import { InlineError, type LocalFunction, inlineFunctions } from './passes/inline-functions.js';
import { type ReadContext, emptyGraph, graphOf, readFunction, readGraphInto, readOpset } from './read-graph.js';
import { type ExternalTensor, readPair } from './read-tensor.js';
import { Allowance, WireError, WireReader, readFields } from './wire.js';

/** Objects may take the size of the file (up to 512 MB), and these bytes for files that are small. */
const freeBytes = 64 * 2 ** 20;
const mostBytes = 512 * 2 ** 20;

/** The newest version of the standard operators that ONNX Runtime 1.29 runs. */
const newestOpset = 26;

/** What a ModelProto says, with functions and with weights that are still to be read. */
interface Parts {
  readonly model: Omit<Model, 'graph'>;
  readonly graph: Graph;
  readonly functions: readonly LocalFunction[];
  readonly context: ReadContext;
  readonly external: readonly ExternalTensor[];
}

function readParts(bytes: Uint8Array): Parts {
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  const functions: LocalFunction[] = [];
  const external: ExternalTensor[] = [];
  const context: ReadContext = {
    external: (tensor) => {
      external.push(tensor);
    },
    references: new Map<Node, Map<string, string>>(),
  };
  const graph = emptyGraph();
  let irVersion = 0;
  let name = '';
  let version = '';
  readFields(new WireReader(bytes, new Allowance(Math.min(bytes.length, mostBytes) + freeBytes)), {
    1: (r) => (irVersion = r.varint()),
    2: (r) => (name = r.string()),
    3: (r) => (version = r.string()),
    7: (r) => {
      readGraphInto(graph, r.message(), 0, context);
    },
    8: (r) => opsets.set(...readOpset(r.message())),
    14: (r) => metadata.set(...readPair(r.message())),
    25: (r) => functions.push(readFunction(r.message(), context)),
  });
  const producer = version === '' ? name : `${name} ${version}`;
  return { model: { irVersion, opsets, metadata, producer }, graph: graphOf(graph), functions, context, external };
}

/** The operator sets without those of inlined functions; a function must be written for the model's own versions. */
function opsetsWithout(
  functions: readonly LocalFunction[],
  opsets: ReadonlyMap<string, number>,
  graph: Graph,
  file: string,
): ReadonlyMap<string, number> {
  const result = new Map(opsets);
  const used = new Set(graph.nodes.map((node) => node.domain));
  for (const { domain } of functions) if (!used.has(domain)) result.delete(domain);
  const own = new Set(functions.map(({ domain }) => domain));
  for (const { name, opsets: versions } of functions) {
    for (const [domain, version] of versions) {
      if (own.has(domain)) continue;
      const other = result.get(domain) ?? version;
      result.set(domain, other);
      if (other === version) continue;
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `The function '${name}' of ${file} is written for operator set ${String(version)}, the model for ${String(other)}.`,
        'Export the model again, or inline its functions with onnx.inliner.inline_local_functions(model, convert_version=True).',
      );
    }
  }
  return result;
}

function refuseNewerOpset(opsets: ReadonlyMap<string, number>, file: string): void {
  const opset = opsets.get('') ?? 0;
  if (opset <= newestOpset) return;
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `${file} uses operator set ${String(opset)}; the newest that can be run is ${String(newestOpset)}.`,
    'Export the model again with opset_version=20.',
  );
}

function unreadable(file: string, error: Error): AppError {
  const what = error instanceof WireError ? 'a whole' : 'a valid';
  // Names in it are as long as the file wants them to be.
  const why =
    error.message.length > 500 ? `${error.message.slice(0, 300)} ... ${error.message.slice(-100)}` : error.message;
  return new AppError(
    'MODEL_UNREADABLE',
    `${file} is not ${what} ONNX model: ${why}.`,
    'Check that the download or export finished, and choose the file again.',
    { cause: error },
  );
}

/** Parses, inlines, checks and sorts; weights in other files are still without their bytes. */
function parse(bytes: Uint8Array, file: string): { model: Model; external: readonly ExternalTensor[] } {
  try {
    const { model, graph, functions, context, external } = readParts(bytes);
    if (graph.nodes.length === 0 || model.opsets.size === 0) {
      throw new AppError('MODEL_UNREADABLE', `${file} holds no ONNX graph.`, 'Choose an .onnx file of a classifier.');
    }
    refuseNewerOpset(model.opsets, file);
    const inlined = inlineFunctions(graph, functions, context.references);
    const opsets = opsetsWithout(functions, model.opsets, inlined, file);
    return { model: { ...model, opsets, graph: orderedGraph(inlined) }, external };
  } catch (error) {
    if (error instanceof WireError || error instanceof GraphError || error instanceof InlineError) {
      throw unreadable(file, error);
    }
    throw error;
  }
}

/**
 * Parses a serialised ModelProto. Tensors are views into `bytes`; local functions are inlined; the nodes are in
 * topological order.
 * @throws AppError `MODEL_UNREADABLE` naming the byte, or the node and value, where the model breaks; `MODEL_UNSUPPORTED` for
 * operators newer than those of the runtime and for weights in other files, which only {@link readModelFile} can find.
 */
export function readModel(bytes: Uint8Array, file: string): Model {
  const { model, external } = parse(bytes, file);
  const [first] = external;
  if (!first) return model;
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `The weight '${first.name}' of ${file} lies in the separate file '${first.location}'.`,
    'Open the model from its folder.',
  );
}

/**
 * Opens an .onnx file and the data files beside it.
 * @throws AppError as {@link readModel}, `MODEL_NOT_FOUND` when the file does not exist, and `MODEL_UNREADABLE` naming the weight
 * when a data file is missing, too short or outside of the model's folder.
 */
export async function readModelFile(path: string): Promise<Model> {
  const { model, external } = parse(await readWholeFile(path), path);
  await readExternalData(path, external);
  return model;
}
