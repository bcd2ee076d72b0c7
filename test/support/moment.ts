/** A moment of its own for each decision, as the application makes them. */

let latest = 0;

export function moment(): number {
  latest = Math.max(latest + 1, Date.now());
  return latest;
}
