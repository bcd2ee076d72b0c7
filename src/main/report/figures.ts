/** Figures as the report says them: percentages with sensible digits, counts in groups of three, dates. */

const narrow = '\u202f';

/** A probability in percent, as the window says it: < 0.01 %, 0.08 %, 0.7 %, 83 %, 99.7 %, 100 %. */
export function percent(probability: number): string {
  if (!Number.isFinite(probability)) return '\u2013';
  const value = probability * 100;
  if (value > 0 && value < 0.01) return `<\u202f0.01${narrow}%`;
  if (value >= 99.5 && value < 99.95) return `${value.toFixed(1)}${narrow}%`;
  if (value >= 9.95 || value === 0) return `${value.toFixed(0)}${narrow}%`;
  return `${value.toFixed(value >= 0.0995 ? 1 : 2)}${narrow}%`;
}

/** A share of a whole with one decimal, so that shares line up and intervals keep their digits: 10.4 %; 100 % only for all of it. */
export function rate(share: number): string {
  if (!Number.isFinite(share)) return '\u2013';
  const value = share * 100;
  return `${value === 100 ? '100' : Math.min(value, 99.9).toFixed(1)}${narrow}%`;
}

/** 10000 as 10,000. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A plain number with at most `digits` decimals. */
export function decimal(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace('-', '\u2212') : '\u2013';
}

/** `1 image`, `2 images`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 2026-11-23 04:20 UTC. */
export function moment(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** 2026-11-23. */
export function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
