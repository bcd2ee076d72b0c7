/** Nodes and weights of Gauss-Legendre quadrature on 0 to 1. */

/** The Legendre polynomial of order `n` and its derivative at `x`, by the three-term recurrence. */
function legendre(n: number, x: number): readonly [value: number, derivative: number] {
  let before = 1;
  let value = x;
  for (let order = 2; order <= n; order += 1) {
    [before, value] = [value, ((2 * order - 1) * x * value - (order - 1) * before) / order];
  }
  return [value, (n * (x * value - before)) / (x * x - 1)];
}

/**
 * The `n` nodes in ascending order and their weights, exact for polynomials up to degree 2n - 1; to double precision.
 * Roots by Newton's method from Chebyshev's guess.
 */
export function gaussLegendre(n: number): { readonly nodes: readonly number[]; readonly weights: readonly number[] } {
  if (n === 1) return { nodes: [0.5], weights: [1] };
  const roots = Array.from({ length: n }, (_, index) => {
    let x = -Math.cos((Math.PI * (index + 0.75)) / (n + 0.5));
    for (let step = 0; step < 10; step += 1) {
      const [value, derivative] = legendre(n, x);
      x -= value / derivative;
    }
    return x;
  });
  const weights = roots.map((x) => 1 / ((1 - x * x) * legendre(n, x)[1] ** 2));
  return { nodes: roots.map((x) => (1 + x) / 2), weights };
}
