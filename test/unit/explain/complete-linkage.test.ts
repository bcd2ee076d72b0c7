/** Complete linkage against its definition, merged step by step. */

import { describe, expect, it } from 'vitest';
import { completeLinkage } from '../../../src/main/explain/complete-linkage.js';
import { seededRandom } from '../../../src/shared/seeded-random.js';

/** Merges the two nearest clusters, again and again, measured between their farthest members. */
function byDefinition(distances: Float32Array, count: number, threshold: number): number[][] {
  let clusters = Array.from({ length: count }, (_, at) => [at]);
  const between = (a: readonly number[], b: readonly number[]): number =>
    Math.max(...a.flatMap((i) => b.map((j) => distances[i * count + j] ?? 0)));
  for (;;) {
    let best: readonly [number, number, number] | null = null;
    for (const [i, a] of clusters.entries()) {
      for (const [j, b] of clusters.entries()) {
        if (j <= i) continue;
        const distance = between(a, b);
        if (distance < threshold && (best === null || distance < best[2])) best = [i, j, distance];
      }
    }
    if (best === null) return clusters;
    const [i, j] = best;
    const joined = [...(clusters[i] ?? []), ...(clusters[j] ?? [])].sort((a, b) => a - b);
    clusters = [...clusters.filter((_, at) => at !== i && at !== j), joined];
  }
}

function randomDistances(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const points = Array.from({ length: count }, () => [random(), random(), random()]);
  return Float32Array.from({ length: count * count }, (_, at) => {
    const [a = [], b = []] = [points[Math.floor(at / count)], points[at % count]];
    return Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)));
  });
}

describe('completeLinkage', () => {
  it.each([1, 2, 3, 4, 5])('finds the clusters of the definition, draw %i', (seed) => {
    const count = 40;
    for (const threshold of [0.05, 0.3, 0.6, 1, 5]) {
      const distances = randomDistances(count, seed);
      const expected = byDefinition(distances, count, threshold);
      const found = completeLinkage(distances.slice(), count, threshold);
      const groups = new Map<number, number[]>();
      for (const [element, cluster] of found.entries()) groups.set(cluster, [...(groups.get(cluster) ?? []), element]);
      expect(new Set([...groups.values()].map(String))).toEqual(new Set(expected.map(String)));
    }
  });

  it('numbers clusters by their first elements and merges only below the threshold', () => {
    const distances = Float32Array.of(0, 0.5, 0.1, 0.5, 0, 0.5, 0.1, 0.5, 0);
    expect([...completeLinkage(distances.slice(), 3, 0.2)]).toEqual([0, 1, 0]);
    expect([...completeLinkage(distances.slice(), 3, 0.1)]).toEqual([0, 1, 2]);
    expect([...completeLinkage(distances.slice(), 3, 0.6)]).toEqual([0, 0, 0]);
  });

  it('copes with equal elements, one element, and none', () => {
    expect([...completeLinkage(new Float32Array(16), 4, 0.1)]).toEqual([0, 0, 0, 0]);
    expect([...completeLinkage(new Float32Array(1), 1, 0.1)]).toEqual([0]);
    expect([...completeLinkage(new Float32Array(0), 0, 0.1)]).toEqual([]);
  });
});
