/** Figures that only the report says: decimals, and dates of any reader's time zone. */

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
