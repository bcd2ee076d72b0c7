/** Figures that only the report says: shares with one decimal, decimals, dates of any reader's time zone. */

const narrow = '\u202f';

/** A share of a whole with one decimal, so that shares line up and intervals keep their digits: 10.4 %; 100 % only for all of it. */
export function rate(share: number): string {
  if (!Number.isFinite(share)) return '\u2013';
  const value = share * 100;
  return `${value === 100 ? '100' : Math.min(value, 99.9).toFixed(1)}${narrow}%`;
}

/** A plain number with at most `digits` decimals. */
export function decimal(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace('-', '\u2212') : '\u2013';
}

/** 2026-11-23 04:20 UTC. */
export function moment(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** 2026-11-23. */
export function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
