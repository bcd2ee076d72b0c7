/** Gauss-Legendre nodes and weights: known values, and exactness for polynomials. */

import { describe, expect, it } from 'vitest';
import { gaussLegendre } from '../../../src/main/explain/gauss-legendre.js';

describe('gaussLegendre', () => {
  it('has the known nodes and weights of orders 1 to 3, moved to 0..1', () => {
    expect(gaussLegendre(1)).toEqual({ nodes: [0.5], weights: [1] });
    const two = gaussLegendre(2);
    expect(two.nodes[0]).toBeCloseTo((1 - 1 / Math.sqrt(3)) / 2, 14);
    expect(two.weights[1]).toBeCloseTo(0.5, 14);
    const three = gaussLegendre(3);
    expect(three.nodes[2]).toBeCloseTo((1 + Math.sqrt(0.6)) / 2, 14);
    expect(three.weights[1]).toBeCloseTo(4 / 9, 14);
  });

  it.each([2, 7, 50])('integrates the highest power that %i nodes can', (order) => {
    const { nodes, weights } = gaussLegendre(order);
    const power = 2 * order - 1;
    const integral = nodes.reduce((sum, node, at) => sum + (weights[at] ?? 0) * node ** power, 0);
    expect(integral).toBeCloseTo(1 / (power + 1), 14);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 14);
    expect(nodes.every((node, at) => at === 0 || node > (nodes[at - 1] ?? 0))).toBe(true);
  });
});
