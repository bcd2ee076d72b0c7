/** Finds the one file that the end of a path written elsewhere names: `C:\photos\train\ant.png` for `train/ant.png`. */

/** Sorts before every character of a name, so that paths with the same end stand together. */
const separator = '\u0000';

/** A file whose path ends as the written one does. */
export interface PathEnd {
  readonly file: string;
  /** How many folders and names are the same, from the end. */
  readonly shared: number;
  /** How many of the written path are left at its beginning. */
  readonly left: number;
}

const reversed = (path: string): readonly string[] => path.split('/').reverse();

function sharedCount(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

interface Entry {
  readonly key: string;
  readonly names: readonly string[];
  readonly file: string;
}

/** All files, sorted by their paths read backwards. */
export class PathEnds {
  readonly #entries: readonly Entry[];

  constructor(files: Iterable<string>) {
    const entries = Array.from(files, (file): Entry => {
      const names = reversed(file.normalize('NFC'));
      return { key: names.join(separator), names, file };
    });
    this.#entries = entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  /** The file that shares the longest end with a path written with `/`; null when none or several do. */
  find(written: string): PathEnd | null {
    const names = reversed(written.normalize('NFC')).filter((name) => name !== '');
    const place = this.#place(names.join(separator));
    // Those that share most stand on either side of where the path itself would stand.
    const near = this.#entries
      .slice(Math.max(0, place - 2), place + 2)
      .map(({ file, names: own }) => ({ file, shared: sharedCount(own, names) }));
    const most = Math.max(0, ...near.map(({ shared }) => shared));
    const [only, another] = near.filter(({ shared }) => shared === most);
    if (most === 0 || only === undefined || another !== undefined) return null;
    return { file: only.file, shared: most, left: names.length - most };
  }

  #place(key: string): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.key ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What occurs most often among numbers. */
function mode(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/**
 * Which of the ends found for a table are meant: those that leave as much of their paths, or share as much, as most do.
 * So `ant/0.png`, which is not here, is not taken for `bee/0.png` because of its name alone.
 */
export function consistentEnds(ends: readonly (PathEnd | null)[]): readonly (PathEnd | null)[] {
  const found = ends.filter((end) => end !== null);
  const left = mode(found.map((end) => end.left));
  const shared = mode(found.map((end) => end.shared));
  return ends.map((end) => (end !== null && (end.left === left || end.shared === shared) ? end : null));
}
