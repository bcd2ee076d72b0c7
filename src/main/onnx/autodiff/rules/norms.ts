/** Gradients of softmax and of layer and root-mean-square normalisation. */

import type { Value } from '../../builder.js';
import { floatAttribute, intAttribute } from '../../graph.js';
import { unbroadcast } from '../broadcasting.js';
import { numberOf } from '../numbers.js';
import type { ReverseSite } from '../reverse-site.js';
import type { ReverseRule } from '../reverse-walk.js';
import { fromFirstOutput } from '../single-output.js';

/** `y (g - sum(g y))` over the axis. */
const softmax = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const y = site.output();
  const axis = intAttribute(site.node, 'axis', -1);
  return [g.mul(y, g.sub(upstream, g.reduceSum(g.mul(upstream, y), axis, true)))];
});

/** `g - exp(y) sum(g)` over the axis. */
const logSoftmax = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const total = g.reduceSum(upstream, intAttribute(site.node, 'axis', -1), true);
  return [g.sub(upstream, g.mul(g.op('Exp', [site.output()]), total))];
});

/** The parts of a norm that its gradients share. */
class Norm {
  readonly site: ReverseSite;
  readonly #axes: readonly number[];

  constructor(site: ReverseSite) {
    this.site = site;
    const rank = site.dims(site.input(0)).length;
    const first = site.axis(intAttribute(site.node, 'axis', -1), rank);
    this.#axes = Array.from({ length: rank - first }, (_, index) => first + index);
  }

  /** Mean over the normalised axes, kept as ones. */
  mean(x: Value): Value {
    return this.site.g.op('ReduceMean', [x, this.site.g.ints(...this.#axes)], { keepdims: 1 });
  }

  /** `1 / sqrt(mean(x^2) + epsilon)`. */
  inverseDeviation(x: Value): Value {
    const { g, node } = this.site;
    const type = this.site.type(this.site.input(0));
    const epsilon = numberOf(g, floatAttribute(node, 'epsilon', 1e-5), type);
    return g.op('Reciprocal', [g.op('Sqrt', [g.add(this.mean(g.mul(x, x)), epsilon)])]);
  }

  /** Upstream times the scale, where there is one. */
  scaled(upstream: Value): Value {
    return this.site.has(1) ? this.site.g.mul(upstream, this.site.input(1)) : upstream;
  }

  /** The gradient of scale or shift from one of the output's shape. */
  parameter(index: number, write: () => Value): Value | null {
    const { site } = this;
    if (!site.isWanted(index)) return null;
    return unbroadcast(site, write(), site.dims(site.input(index)), [site.dims(site.output())]);
  }
}

/** With `c = x - mean x`, `r` the inverse deviation and `d = scale g`: `r (d - mean d - c r^2 mean(d c))`. */
const layerNormalization = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const norm = new Norm(site);
  const centred = g.sub(site.input(0), norm.mean(site.input(0)));
  const inverse = norm.inverseDeviation(centred);
  const input = (): Value => {
    const d = norm.scaled(upstream);
    const along = g.mul(norm.mean(g.mul(d, centred)), g.mul(inverse, inverse));
    return g.mul(g.sub(g.sub(d, norm.mean(d)), g.mul(centred, along)), inverse);
  };
  return [
    site.isWanted(0) ? input() : null,
    norm.parameter(1, () => g.mul(upstream, g.mul(centred, inverse))),
    norm.parameter(2, () => upstream),
  ];
});

/** With `r` the inverse root mean square and `d = scale g`: `r (d - x r^2 mean(d x))`. */
const rootMeanSquare = fromFirstOutput((site, upstream) => {
  const { g } = site;
  const x = site.input(0);
  const norm = new Norm(site);
  const inverse = norm.inverseDeviation(x);
  const input = (): Value => {
    const d = norm.scaled(upstream);
    const along = g.mul(norm.mean(g.mul(d, x)), g.mul(inverse, inverse));
    return g.mul(g.sub(d, g.mul(x, along)), inverse);
  };
  return [site.isWanted(0) ? input() : null, norm.parameter(1, () => g.mul(upstream, g.mul(x, inverse)))];
});

export const normRules: Readonly<Record<string, ReverseRule>> = {
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  LayerNormalization: layerNormalization,
  SimplifiedLayerNormalization: rootMeanSquare,
};
