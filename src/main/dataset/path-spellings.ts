/** The ways in which one path may be written. */

import { disarmed } from './armed-cell.js';
import { hasImageExtension } from './file-kinds.js';

const plain = /^[\0-\x7F]*$/;

/** With composed characters: file systems differ. */
export function composed(path: string): string {
  // Asking first is faster: most names have nothing to compose.
  return plain.test(path) ? path : path.normalize('NFC');
}

/** One spelling for a path however it was written: `/` between folders, composed characters, no `./`. */
export function normalise(path: string): string {
  return composed(path.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, ''));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign: no encoding.
    return text;
  }
}

/** The path in an address: without query, or what a query such as `?d=photos/a.jpg` names; decoded. */
function addressed(written: string): readonly string[] {
  if (!/[%?+]/.test(written)) return [];
  const [address = '', query] = written.split('?', 2);
  const named = query === undefined ? null : (/(?:^|&)(?:d|path|file|filename)=([^&]+)/.exec(query)?.[1] ?? null);
  const places = [written, ...(named === null ? [] : [named]), ...(query === undefined ? [] : [address])];
  // Forms write a space as a plus sign.
  const forms = places.filter((place) => place.includes('+')).map((place) => place.replaceAll('+', ' '));
  return [...places, ...forms].map(decoded);
}

/** The spellings of a cell of a table to try, the likeliest first. */
export function* spellings(written: string): Generator<string, void, undefined> {
  yield written;
  const trimmed = written.trim();
  if (trimmed !== written) yield trimmed;
  if (disarmed(written) !== written) yield disarmed(written);
  const [, , quoted] = /^(['"`])(.+)\1$/.exec(trimmed) ?? [];
  if (quoted !== undefined) yield quoted;
  yield* addressed(trimmed);
  // Annotation tools put eight digits before the names of what is uploaded to them.
  const uploaded = trimmed.replace(/(^|\/)[0-9a-f]{8}-(?=[^/]+$)/, '$1');
  if (uploaded !== trimmed) yield decoded(uploaded);
}

/** The name at the end of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Without the extension of an image; other dots belong to the name. */
export function stemOf(path: string): string {
  return hasImageExtension(path) ? path.slice(0, path.lastIndexOf('.')) : path;
}
