/** Finds the class that a label without one may mean: similar words or spelling, by a clear margin; a question for a person. */

import { classIndex, type ClassIndex } from '../../shared/audit.js';

/** A name of a class, ready to be compared. */
interface Candidate {
  readonly place: number;
  readonly name: string;
  readonly words: ReadonlySet<string>;
}

/** Below this a similarity says nothing. */
const least = 0.6;
/** How far the best class must be ahead of the next. */
const margin = 0.1;
/** Names that share the most pairs of letters with a label are compared with it, no others. */
const compared = 24;

/** A word without a plural's ending. */
function singular(word: string): string {
  if (word.length < 4) return word;
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.endsWith('ss') || !word.endsWith('s') ? word : word.replace(/(?<=ch|sh|x|z|ss)es$|s$/, '');
}

function wordsOf(name: string): ReadonlySet<string> {
  return new Set(name.split(' ').filter(Boolean).map(singular));
}

/** Pairs of neighbouring letters, with the ends of the name. */
function pairsOf(name: string): readonly string[] {
  const padded = ` ${name} `;
  return Array.from({ length: padded.length - 1 }, (_, at) => padded.slice(at, at + 2));
}

/** Edits (insert, delete, replace) that turn one name into the other; Levenshtein 1966. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Share of equal spelling; 0 when more than one letter in four differs: short words are other words then. */
function spelling(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const allowed = Math.floor(length / 4);
  if (Math.abs(a.length - b.length) > allowed) return 0;
  const distance = editDistance(a, b);
  return distance <= allowed ? 1 - distance / length : 0;
}

/** 0.95 for the same words, less the more words only one of the two has. */
function sharedWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  if (both === 0) return 0;
  const union = a.size + b.size - both;
  return 0.95 * (0.5 * (both / union) + 0.5 * (both / Math.min(a.size, b.size)));
}

/** Suggests classes by their names; `plain` takes case, underscores and punctuation out of a name. */
export class Suggestions {
  readonly #plain: (name: string) => string;
  readonly #candidates: readonly Candidate[];
  readonly #byPair = new Map<string, number[]>();

  constructor(classes: readonly string[], plain: (name: string) => string) {
    this.#plain = plain;
    this.#candidates = classes.flatMap((name, place) =>
      [...new Set([plain(name), ...name.split(',').map(plain)])]
        .filter((part) => part !== '')
        .map((part) => ({ place, name: part, words: wordsOf(part) })),
    );
    for (const [at, { name }] of this.#candidates.entries()) {
      for (const pair of new Set(pairsOf(name))) {
        const known = this.#byPair.get(pair);
        if (known === undefined) this.#byPair.set(pair, [at]);
        else known.push(at);
      }
    }
  }

  /** The one class that a label may mean; undefined when none is similar or several are alike. */
  find(label: string): ClassIndex | undefined {
    const name = this.#plain(label.replace(/^n\d{8}[_\- ]+/, ''));
    if (name === '' || /^[\d ]+$/.test(name)) return undefined;
    const words = wordsOf(name);
    const best = new Map<number, number>();
    for (const candidate of this.#alike(name)) {
      const score = Math.max(spelling(name, candidate.name), sharedWords(words, candidate.words));
      if (score > (best.get(candidate.place) ?? 0)) best.set(candidate.place, score);
    }
    const [first, second] = [...best].sort(([, a], [, b]) => b - a);
    if (first === undefined || first[1] < least || first[1] - (second?.[1] ?? 0) < margin) return undefined;
    return classIndex(first[0]);
  }

  #alike(name: string): readonly Candidate[] {
    const shared = new Map<number, number>();
    for (const pair of new Set(pairsOf(name))) {
      for (const at of this.#byPair.get(pair) ?? []) shared.set(at, (shared.get(at) ?? 0) + 1);
    }
    const share = ([at, pairs]: readonly [number, number]): number =>
      pairs / (name.length + (this.#candidates[at]?.name.length ?? 0));
    return [...shared]
      .sort((a, b) => share(b) - share(a))
      .slice(0, compared)
      .flatMap(([at]) => this.#candidates[at] ?? []);
  }
}
