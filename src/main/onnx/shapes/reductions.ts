/** Shapes of reductions, normalisations and softmax. */

import { type Dimension, intAttribute, intsAttribute } from '../graph.js';
import { type Rule, type Rules, type Site, axisOf, numericElements } from './fact.js';

function reducedDims(site: Site): readonly Dimension[] | null {
  const { dims } = site.input(0);
  if (dims === null) return null;
  const given = intsAttribute(site.node, 'axes') ?? (site.has(1) ? numericElements(site.input(1)) : []);
  const keep = intAttribute(site.node, 'keepdims', 1) !== 0;
  if (given === null) return keep ? dims.map(() => null) : null;
  if (given.length === 0 && intAttribute(site.node, 'noop_with_empty_axes', 0) !== 0) return dims;
  const axes = new Set(given.map((axis) => axisOf(axis, dims.length)));
  const gone = (index: number): boolean => given.length === 0 || axes.has(index);
  return keep ? dims.map((dim, index) => (gone(index) ? 1 : dim)) : dims.filter((_, index) => !gone(index));
}

const reduce: Rule = (site) => [{ type: site.input(0).type, dims: reducedDims(site) }];

const argument: Rule = (site) => {
  const { dims } = site.input(0);
  const axis = dims ? axisOf(intAttribute(site.node, 'axis', 0), dims.length) : null;
  if (!dims || axis === null) return [{ type: 'int64', dims: null }];
  const keep = intAttribute(site.node, 'keepdims', 1) !== 0;
  return [{ type: 'int64', dims: keep ? dims.toSpliced(axis, 1, 1) : dims.toSpliced(axis, 1) }];
};

const same: Rule = (site) => [{ type: site.input(0).type, dims: site.input(0).dims }];

const layerNormalization: Rule = (site) => {
  const { type, dims } = site.input(0);
  const axis = dims ? axisOf(intAttribute(site.node, 'axis', -1), dims.length) : null;
  const statistics = dims && axis !== null ? dims.map((dim, index) => (index < axis ? dim : 1)) : null;
  return [
    { type, dims },
    { type: 'float32', dims: statistics },
    { type: 'float32', dims: statistics },
  ];
};

const batchNormalization: Rule = (site) => [
  { type: site.input(0).type, dims: site.input(0).dims },
  ...[3, 4].map((index) => ({ type: site.input(index).type, dims: site.input(index).dims })),
];

const names =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare';

export const reductionRules: Rules = {
  ...Object.fromEntries(names.split(' ').map((name) => [name, reduce])),
  ArgMax: argument,
  ArgMin: argument,
  Softmax: same,
  LogSoftmax: same,
  Hardmax: same,
  LayerNormalization: layerNormalization,
  SimplifiedLayerNormalization: layerNormalization,
  RMSNormalization: same,
  GroupNormalization: same,
  InstanceNormalization: same,
  BatchNormalization: batchNormalization,
};
