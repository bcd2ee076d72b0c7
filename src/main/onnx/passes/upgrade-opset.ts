/** Rewrites models of older operator sets in the terms of operator set 20. */

import { AppError } from '../../../shared/errors.js';
import {
  type Attribute,
  type Graph,
  type Model,
  type Node,
  intAttribute,
  intsAttribute,
  pureInputs,
} from '../graph.js';
import { allNames, freshNames } from '../scopes.js';
import { inferShapes } from '../shapes.js';
import { intTensor } from '../tensor.js';
import { withGraphs } from './graph-types.js';

const target = 20;
/** Operator sets before this one have other forms of Clip, Pad, TopK, Resize and more; exporters left them in 2019. */
const oldest = 11;
const newestIr = 9;

interface Rewriting {
  readonly version: number;
  readonly fresh: (hint: string) => string;
  /** The rank of a value, undefined when it is not known. */
  readonly rank: (name: string) => number | undefined;
}

/** The node in the terms of the target, with the nodes that it needs before it. */
type Rewrite = (node: Node, context: Rewriting) => readonly Node[];

function node(op: string, inputs: readonly string[], output: string, attributes: readonly [string, Attribute][]): Node {
  return { name: output, op, domain: '', inputs, outputs: [output], attributes: new Map(attributes) };
}

function integers(values: readonly number[], output: string): Node {
  return node('Constant', [], output, [['value', { kind: 'tensor', value: intTensor(values) }]]);
}

function without(attributes: Node['attributes'], ...names: readonly string[]): Map<string, Attribute> {
  return new Map([...attributes].filter(([name]) => !names.includes(name)));
}

/** Moves a list of integers from an attribute to the second input. */
function attributeToInput(attribute: string): Rewrite {
  return (old, { fresh }) => {
    const values = intsAttribute(old, attribute);
    if (values === undefined) return [old];
    const name = fresh(`${old.outputs[0] ?? old.op}_${attribute}`);
    const moved = { ...old, inputs: [old.inputs[0] ?? '', name], attributes: without(old.attributes, attribute) };
    return [integers(values, name), moved];
  };
}

const reduction = attributeToInput('axes');

const split: Rewrite = (old, context) => {
  const moved = attributeToInput('split')(old, context);
  if (moved.length > 1 || (old.inputs[1] ?? '') !== '') return moved;
  const attributes = new Map([...old.attributes, ['num_outputs', { kind: 'int', value: old.outputs.length }] as const]);
  return [{ ...old, attributes }];
};

/** Before 13, softmax ran over all dimensions from `axis` (1 by default) on as if they were one. */
const softmax: Rewrite = (old, { version, fresh, rank }) => {
  if (version >= 13) return [old];
  const [input = ''] = old.inputs;
  const [output = ''] = old.outputs;
  const axis = intAttribute(old, 'axis', 1);
  const known = rank(input);
  const last: [string, Attribute] = ['axis', { kind: 'int', value: -1 }];
  if (axis === -1 || axis === (known ?? 0) - 1) return [{ ...old, attributes: new Map([last]) }];
  const [shape, flat, soft] = [fresh(`${output}_shape`), fresh(`${output}_flat`), fresh(`${output}_soft`)];
  return [
    node('Shape', [input], shape, []),
    node('Flatten', [input], flat, [['axis', { kind: 'int', value: axis }]]),
    node(old.op, [flat], soft, [last]),
    node('Reshape', [soft, shape], output, []),
  ];
};

/** The ratio was an attribute before 12; it does not matter, since nothing is dropped in inference. */
const dropout: Rewrite = (old, { version }) =>
  version >= 12 ? [old] : [{ ...old, inputs: old.inputs.slice(0, 1), attributes: new Map() }];

/** Before 14 there were outputs for training, which nothing reads in inference. */
const batchNormalization: Rewrite = (old, { version }) =>
  version >= 14
    ? [old]
    : [{ ...old, outputs: old.outputs.slice(0, 1), attributes: without(old.attributes, 'spatial') }];

const gridModes: ReadonlyMap<string, string> = new Map([
  ['bilinear', 'linear'],
  ['bicubic', 'cubic'],
]);

const gridSample: Rewrite = (old) => {
  const mode = old.attributes.get('mode');
  const value = mode?.kind === 'string' ? (gridModes.get(mode.value) ?? mode.value) : 'linear';
  return [{ ...old, attributes: new Map([...old.attributes, ['mode', { kind: 'string', value }] as const]) }];
};

/** Operator sets 11 and 12 have to give scales beside sizes, as an empty list; later ones give one of the two. */
const resize: Rewrite = (old) => {
  if ((old.inputs[3] ?? '') === '') return [old];
  return [{ ...old, inputs: old.inputs.map((name, index) => (index === 2 ? '' : name)) }];
};

const rewrites: Readonly<Record<string, Rewrite>> = {
  Squeeze: reduction,
  Unsqueeze: reduction,
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'].map((name) => [`Reduce${name}`, reduction]),
  ), // prettier-ignore
  Split: split,
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  Dropout: dropout,
  BatchNormalization: batchNormalization,
  GridSample: gridSample,
  Resize: resize,
};

function rewriteGraph(graph: Graph, context: Rewriting): Graph {
  const nodes = graph.nodes.flatMap((old) => {
    const inside = withGraphs(old, (inner) => rewriteGraph(inner, context));
    const rewrite = old.domain === '' && Object.hasOwn(rewrites, old.op) ? rewrites[old.op] : undefined;
    return rewrite ? rewrite(inside, context) : [inside];
  });
  return { ...graph, nodes };
}

/**
 * The model in operator set 20; newer ones stay as they are. Weights that are listed as inputs too are constants after
 * it, so the runtime can fold them.
 * @throws AppError `MODEL_UNSUPPORTED` for operator sets before 11.
 */
export function upgradeOpset(model: Model): Model {
  const version = model.opsets.get('') ?? target;
  if (version < oldest) {
    throw new AppError(
      'MODEL_UNSUPPORTED',
      `The model is written in ONNX operator set ${String(version)}; ${String(oldest)} is the oldest that can be opened.`,
      'Export it again with opset_version=17, or convert it with onnx.version_converter.convert_version(model, 17).',
    );
  }
  const graph = { ...model.graph, inputs: pureInputs(model.graph) };
  const irVersion = Math.max(model.irVersion, newestIr);
  if (version >= target) return { ...model, irVersion, graph };
  const shapes = inferShapes({ ...model, graph });
  const context: Rewriting = {
    version,
    fresh: freshNames(allNames(graph)),
    rank: (name) => shapes.dims(name)?.length,
  };
  return { ...model, irVersion, opsets: new Map([...model.opsets, ['', target]]), graph: rewriteGraph(graph, context) };
}
