/** Numbers and times as people read them, in the window, the report and the command line: grouped, with sensible digits and their unit. */

import { interval95, type Measured } from './evidence.js';

/** Between a number and its unit: narrow, and never broken over lines. */
const thin = '\u202f';
/** Around a sign that no line may end at. */
const whole = '\u00a0';

/** Figures with an error have at most so many. */
const mostDecimals = 4;

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** `10000` as `10,000`. */
export function count(value: number): string {
  return grouped.format(value);
}

/** A noun with its count: `1 image`, `10,000 images`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** A probability in percent: `< 0.01 %`, `0.08 %`, `0.7 %`, `83 %`, `99.7 %`, `> 99.9 %`, and `100 %` for all of it. */
export function percent(probability: number): string {
  if (Number.isNaN(probability)) return '–';
  const value = probability * 100;
  const size = Math.abs(value);
  if (size > 0 && size < 0.01) return `<${thin}0.01${thin}%`;
  if (size >= 99.95 && size < 100) return `>${thin}99.9${thin}%`;
  if (size >= 100) return `${value.toFixed(0)}${thin}%`;
  if (size >= 99.5) return `${value.toFixed(1)}${thin}%`;
  if (size >= 9.95 || size === 0) return `${value.toFixed(0)}${thin}%`;
  if (size >= 0.0995) return `${value.toFixed(1)}${thin}%`;
  return `${value.toFixed(2)}${thin}%`;
}

/** A share of a whole with one decimal, so that shares line up and intervals keep their digits: 10.4 %; 100 % only for all of it. */
export function alignedPercent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const value = share * 100;
  return `${value === 100 ? '100' : Math.min(value, 99.9).toFixed(1)}${thin}%`;
}

/** A difference of probabilities in percentage points, signed with a true minus: `+1.2 pp`, `−0.03 pp`. */
export function points(difference: number): string {
  const size = Math.abs(difference) * 100;
  if (size > 0 && size < 0.005) return `<${thin}0.01${thin}pp`;
  const digits = size >= 9.95 ? 0 : size >= 0.0995 ? 1 : 2;
  const sign = difference < 0 ? '−' : difference > 0 ? '+' : '';
  return `${sign}${size.toFixed(digits)}${thin}pp`;
}

/** With a true minus, and none before a zero. */
function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return `${value < 0 && Number(text) !== 0 ? '−' : ''}${text}`;
}

/**
 * A figure with its 95 % interval, `0.42 ± 0.11`, as many decimals as the interval has two digits at most; `−0.42 ± ?` where the error is
 * not known.
 */
export function withError({ value, error }: Measured): string {
  return withHalf(value, interval95 * error);
}

/** The same from half of the interval's width. */
export function withHalf(value: number, half: number): string {
  if (half === 0) return signed(value, 2);
  const decimals = half > 0 ? Math.max(0, Math.min(1 - Math.floor(Math.log10(half)), mostDecimals)) : 2;
  return `${signed(value, decimals)}${whole}±${whole}${Number.isNaN(half) ? '?' : half.toFixed(decimals)}`;
}

/** A difference of log-probabilities with its 95 % interval: `−0.42 ± 0.11 nats`. */
export function nats(difference: Measured): string {
  return `${withError(difference)}${thin}nats`;
}

/** A difference of log-probabilities without an interval, as the ends of scales are: `+1.2 nats`, `−0.03 nats`. */
export function natsAlone(difference: number): string {
  const size = Math.abs(difference);
  const digits = size >= 9.95 ? 0 : size >= 0.0995 ? 1 : 2;
  return `${difference > 0 ? '+' : ''}${signed(difference, digits)}${thin}nats`;
}

/** A span in seconds: `16 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)}${thin}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    const rest = whole % 60;
    return rest === 0 ? `${String(minutes)}${thin}min` : `${String(minutes)}${thin}min ${String(rest)}${thin}s`;
  }
  return `${String(Math.floor(minutes / 60))}${thin}h ${String(minutes % 60)}${thin}min`;
}

/** What is left of work, in seconds, as roughly as it is known: `a few seconds`, `about 40 s`, `about 2 min`, `about 1½ h`. */
export function timeLeft(seconds: number): string {
  if (seconds < 8) return 'a few seconds';
  if (seconds < 50) return `about ${String(Math.round(seconds / 10) * 10)}${thin}s`;
  const minutes = seconds / 60;
  if (minutes < 9.5) return `about ${String(Math.round(minutes))}${thin}min`;
  if (minutes < 52.5) return `about ${String(Math.round(minutes / 5) * 5)}${thin}min`;
  const halves = Math.round(minutes / 30);
  if (halves < 6) return `about ${String(Math.floor(halves / 2))}${halves % 2 === 1 ? '½' : ''}${thin}h`;
  const hours = minutes / 60;
  return hours < 47.5 ? `about ${String(Math.round(hours))}${thin}h` : `about ${String(Math.round(hours / 24))} days`;
}

/** What a computation took, in milliseconds: `0.08 s`, `1.2 s`, `16 s`, `2 min 5 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds >= 9.95) return duration(seconds);
  return `${seconds.toFixed(seconds >= 0.995 ? 1 : 2)}${thin}s`;
}

/** A value in a unit of its own, with two significant digits and a true minus: `0.83`, `−0.0012`, `1.2e-6`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e5) ? size.toExponential(1) : String(Number(size.toPrecision(2)));
  return `${value < 0 ? '−' : ''}${text}`;
}

/** A correlation: `0.83`, `−0.31`. */
export function correlation(value: number): string {
  return `${value < 0 && value <= -0.005 ? '−' : ''}${Math.abs(value).toFixed(2)}`;
}

/** Items a second, or a minute where that is clearer: `412/s`, `3.2/s`, `14/min`. */
export function rate(perSecond: number): string {
  if (perSecond >= 9.95) return `${count(Math.round(perSecond))}/s`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)}/s`;
  return `${(perSecond * 60).toFixed(perSecond * 60 >= 9.95 ? 0 : 1)}/min`;
}

/** A size in bytes: `784 B`, `12 kB`, `3.4 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${String(value)}${thin}B`;
  const units = ['kB', 'MB', 'GB', 'TB'] as const;
  let scaled = value / 1000;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${scaled.toFixed(scaled >= 9.95 ? 0 : 1)}${thin}${units[unit] ?? 'TB'}`;
}

/** A number of weights: `692 k`, `5.7 M`, `86 M`. */
export function magnitude(value: number): string {
  if (value < 1000) return String(value);
  const [scaled, unit] =
    value < 999_500 ? [value / 1e3, 'k'] : value < 999_500_000 ? [value / 1e6, 'M'] : [value / 1e9, 'G'];
  return `${scaled.toFixed(scaled >= 9.95 ? 0 : 1)}${thin}${unit}`;
}

/** A moment as a person says it: `14:03` today, `3 Mar 2026, 14:03` before. */
export function moment(at: number, now: number): string {
  const time = clock.format(at);
  return day.format(at) === day.format(now) ? `today ${time}` : `${day.format(at)}, ${time}`;
}

/** The last part of a path, which is what a person recognises. */
export function baseName(path: string): string {
  const trimmed = path.replace(/[\\/]+$/, '');
  return trimmed.slice(Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\')) + 1);
}
