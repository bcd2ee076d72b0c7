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
/** Names among which all pairs count: those of a thousand classes with several names each. */
const fewNames = 4096;
/** Where there are more, a label may cost so many finds: it is looked for by its rarest pairs, which tell most. */
const mostFinds = 2048;

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

/** Edits (insert, delete, replace) that turn one name into the other, Levenshtein 1966; some number above `most` where there are more. */
function editDistance(a: string, b: string, most: number): number {
  const row = Uint32Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    let above = row[0] ?? 0;
    row[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = above + (a[i - 1] === b[j - 1] ? 0 : 1);
      above = row[j] ?? 0;
      const edits = Math.min(replaced, above + 1, (row[j - 1] ?? 0) + 1);
      row[j] = edits;
      if (edits < least) least = edits;
    }
    if (least > most) return least;
  }
  return row[b.length] ?? 0;
}

/** Share of equal spelling; 0 when more than one letter in four differs: short words are other words then. */
function spelling(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const allowed = Math.floor(length / 4);
  if (Math.abs(a.length - b.length) > allowed) return 0;
  const distance = editDistance(a, b, allowed);
  return distance <= allowed ? 1 - distance / length : 0;
}

/** 0.95 for the same words, less the more words only one of the two has. */
function sharedWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const word of a) if (b.has(word)) both += 1;
  if (both === 0) return 0;
  const union = a.size + b.size - both;
  return 0.95 * (0.5 * (both / union) + 0.5 * (both / Math.min(a.size, b.size)));
}

/** Suggests classes by their names; `plain` takes case, underscores and punctuation out of a name. */
export class Suggestions {
  readonly #plain: (name: string) => string;
  readonly #candidates: readonly Candidate[];
  readonly #byPair = new Map<string, number[]>();
  readonly #lengths: Uint32Array;
  /** How many pairs each candidate shares with the label at hand; 0 between two labels. */
  readonly #shared: Uint16Array;

  constructor(classes: readonly string[], plain: (name: string) => string) {
    this.#plain = plain;
    this.#candidates = classes.flatMap((name, place) =>
      [...new Set([plain(name), ...name.split(',').map(plain)])]
        .filter((part) => part !== '')
        .map((part) => ({ place, name: part, words: wordsOf(part) })),
    );
    this.#lengths = Uint32Array.from(this.#candidates, ({ name }) => name.length);
    this.#shared = new Uint16Array(this.#candidates.length);
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
    const found = this.#sharing(name);
    const best = new Best(compared);
    for (const at of found) {
      best.offer(at, (this.#shared[at] ?? 0) / (name.length + (this.#lengths[at] ?? 0)));
      this.#shared[at] = 0;
    }
    return best.items.flatMap((at) => this.#candidates[at] ?? []);
  }

  /** The candidates that share pairs with a name, in the order in which they were found; how many, stands in {@link #shared}. */
  #sharing(name: string): readonly number[] {
    const found: number[] = [];
    const pairs = [...new Set(pairsOf(name))].map((pair) => this.#byPair.get(pair) ?? []);
    const limit = this.#candidates.length <= fewNames ? Infinity : lengthLimit(pairs);
    for (const having of pairs) {
      if (having.length > limit) continue;
      for (const at of having) {
        const shared = this.#shared[at] ?? 0;
        if (shared === 0) found.push(at);
        this.#shared[at] = shared + 1;
      }
    }
    return found;
  }
}

/** How long the longest of these lists may be for all up to it to be within {@link mostFinds}. */
function lengthLimit(lists: readonly (readonly number[])[]): number {
  let finds = 0;
  let limit = 0;
  for (const length of lists.map((list) => list.length).sort((a, b) => a - b)) {
    finds += length;
    if (finds > mostFinds) return Math.min(limit, length - 1);
    limit = length;
  }
  return limit;
}

/** The best of what is offered, as many as wanted; of equals those that came first. */
class Best {
  readonly items: number[] = [];
  readonly #scores: number[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  offer(item: number, score: number): void {
    if (this.items.length === this.#most && score <= (this.#scores.at(-1) ?? 0)) return;
    let place = this.items.length;
    while (place > 0 && (this.#scores[place - 1] ?? 0) < score) place -= 1;
    this.items.splice(place, 0, item);
    this.#scores.splice(place, 0, score);
    if (this.items.length <= this.#most) return;
    this.items.pop();
    this.#scores.pop();
  }
}
