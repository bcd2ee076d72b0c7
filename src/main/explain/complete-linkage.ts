/** Agglomerative clustering with complete linkage, cut at a distance. */

/**
 * Merges clusters, the nearest first, while the largest distance between members of two stays below `threshold`. By
 * chains of nearest neighbours, which for complete linkage give the same clusters in `O(n^2)`.
 * @param distances `[count, count]` symmetric; it is overwritten.
 * @returns the cluster of each element, numbered from 0 in the order of their first elements.
 */
export function completeLinkage(distances: Float32Array, count: number, threshold: number): Int32Array {
  const alive = new Uint8Array(count).fill(1);
  const parent = Int32Array.from({ length: count }, (_, at) => at);
  const chain: number[] = [];
  for (;;) {
    if (chain.length === 0) {
      const first = alive.indexOf(1);
      if (first < 0) break;
      chain.push(first);
    }
    const last = chain.at(-1) ?? 0;
    const before = chain.at(-2) ?? -1;
    const [nearest, distance] = nearestOf(last, before, distances, alive, count);
    if (!(distance < threshold)) {
      // Nothing will come nearer than the nearest: distances only grow by merging.
      alive[last] = 0;
      chain.pop();
    } else if (nearest === before) {
      chain.length -= 2;
      parent[last] = before;
      merge(before, last, distances, alive, count);
    } else {
      chain.push(nearest);
    }
  }
  return numbered(parent);
}

/** The nearest living cluster; of equally near ones the element before in the chain, so that chains end. */
function nearestOf(
  of: number,
  before: number,
  distances: Float32Array,
  alive: Uint8Array,
  count: number,
): readonly [nearest: number, distance: number] {
  let nearest = before;
  let distance = before < 0 ? Infinity : (distances[of * count + before] ?? Infinity);
  for (let other = 0; other < count; other += 1) {
    if (alive[other] !== 1 || other === of) continue;
    const next = distances[of * count + other] ?? Infinity;
    if (next < distance) [nearest, distance] = [other, next];
  }
  return [nearest, distance];
}

/** Puts `gone` into `kept`, which is then as far from the others as the farther of the two was. */
function merge(kept: number, gone: number, distances: Float32Array, alive: Uint8Array, count: number): void {
  alive[gone] = 0;
  for (let other = 0; other < count; other += 1) {
    const farther = Math.max(distances[kept * count + other] ?? 0, distances[gone * count + other] ?? 0);
    distances[kept * count + other] = farther;
    distances[other * count + kept] = farther;
  }
}

function numbered(parent: Int32Array): Int32Array {
  const roots = new Map<number, number>();
  return Int32Array.from(parent, (_, element) => {
    let root = element;
    while (parent[root] !== root) root = parent[root] ?? root;
    const known = roots.get(root);
    if (known !== undefined) return known;
    roots.set(root, roots.size);
    return roots.size - 1;
  });
}
