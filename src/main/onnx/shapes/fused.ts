/** Shapes of the fused operators of ONNX Runtime (com.microsoft) and the standard Attention. */

import { type Dimension, intAttribute, intsAttribute } from '../graph.js';
import { type Rule, type Rules, type Site, broadcast, unknownFact, withDim } from './fact.js';

/** com.microsoft.Attention: x [B, S, D], packed weights [D, q + k + v]; q, k and v as wide as each other unless it says so. */
const attention: Rule = (site) => {
  const { type, dims } = site.input(0);
  const whole = site.input(1).dims?.[1] ?? null;
  const width = intsAttribute(site.node, 'qkv_hidden_sizes')?.[2] ?? site.algebra.divide(whole, 3);
  return [{ type, dims: dims && withDim(dims, dims.length - 1, width) }, unknownFact];
};

function qAttention(site: Site): ReturnType<Rule> {
  const { dims } = site.input(0);
  const width = site.algebra.divide(site.input(1).dims?.[1] ?? null, 3);
  return [{ type: 'float32', dims: dims && withDim(dims, dims.length - 1, width) }, unknownFact];
}

/** query [B, S, D], or packed [B, S, heads, 3, head width] when key and value are left out. */
const multiHeadAttention: Rule = (site) => {
  const { type, dims } = site.input(0);
  if (!dims) return [{ type, dims }];
  if (dims.length === 5) {
    const width = site.algebra.multiply(dims[2] ?? null, dims[4] ?? null);
    return [{ type, dims: [dims[0] ?? null, dims[1] ?? null, width] }];
  }
  const value = site.input(2).dims;
  if (value?.length === 4) {
    const width = site.algebra.multiply(value[1] ?? null, value[3] ?? null);
    return [{ type, dims: withDim(dims, 2, width) }];
  }
  return [{ type, dims: value ? withDim(dims, 2, value[2] ?? null) : dims }];
};

/** The standard Attention: [B, H, S, D] in four dimensions or [B, S, H * D] in three. */
const standardAttention: Rule = (site) => {
  const { type, dims } = site.input(0);
  const value = site.input(2).dims;
  if (!dims || !value) return [{ type, dims: null }];
  if (dims.length === 4) return [{ type, dims: withDim(dims, 3, value[3] ?? null) }];
  const { algebra, node } = site;
  const head = algebra.divide(value[2] ?? null, intAttribute(node, 'kv_num_heads', 1));
  return [{ type, dims: withDim(dims, 2, algebra.multiply(head, intAttribute(node, 'q_num_heads', 1))) }];
};

const skipLayerNormalization: Rule = (site) => {
  const { type, dims } = site.input(0);
  const statistics = dims?.map((dim, index): Dimension => (index < dims.length - 1 ? dim : 1)) ?? null;
  return [
    { type, dims },
    { type: 'float32', dims: statistics },
    { type: 'float32', dims: statistics },
    { type, dims },
  ];
};

/** Quantised values behind a scale and a zero point each. */
const quantisedBinary: Rule = (site) => [
  { type: site.input(0).type, dims: broadcast([site.input(0).dims, site.input(3).dims]) },
];

const quantisedUnary: Rule = (site) => [{ type: site.input(0).type, dims: site.input(0).dims }];

export const fusedRules: Rules = {
  Attention: standardAttention,
  'com.microsoft.Attention': attention,
  'com.microsoft.QAttention': qAttention,
  'com.microsoft.QLinearAdd': quantisedBinary,
  'com.microsoft.QLinearMul': quantisedBinary,
  'com.microsoft.QLinearSigmoid': quantisedUnary,
  'com.microsoft.QLinearLeakyRelu': quantisedUnary,
  'com.microsoft.QLinearSoftmax': quantisedUnary,
  'com.microsoft.MultiHeadAttention': multiHeadAttention,
  'com.microsoft.SkipLayerNormalization': skipLayerNormalization,
  'com.microsoft.SkipSimplifiedLayerNormalization': skipLayerNormalization,
};
