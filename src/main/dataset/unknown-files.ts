/** Finds pictures among files whose names do not tell, looking into few of them and into few bytes of each. */

import { extname, join } from 'node:path';

import type { UnreadKind } from './file-kinds.js';
import { kindOfContent } from './picture-signature.js';

/** Files of one extension that are looked into in one folder before all or none of the others are. */
const sampled = 24;
/** Files of one extension without a picture among them, after which the extension counts as no picture's. */
const patience = 240;
/** Files that are open at a time. */
const atOnce = 16;

export interface PicturesFound {
  readonly images: readonly string[];
  readonly unread: readonly (readonly [name: string, kind: UnreadKind])[];
  /** Names that nobody looked into. */
  readonly unseen: readonly string[];
}

interface Finds {
  readonly images: string[];
  readonly unread: (readonly [string, UnreadKind])[];
  readonly unseen: string[];
}

/** `.octet-stream`, or nothing; extensions that are numbers or long count as none, so that there are few groups. */
function groupOf(name: string): string {
  const extension = extname(name).toLowerCase();
  return /^\.\d+$/.test(extension) || extension.length > 14 ? '' : extension;
}

function spread(names: readonly string[], count: number): ReadonlySet<string> {
  const step = Math.max(1, names.length / count);
  return new Set(Array.from({ length: Math.min(count, names.length) }, (_, k) => names[Math.floor(k * step)] ?? ''));
}

/** One look over one dataset; remembers which extensions held no pictures. */
export class UnknownFiles {
  readonly #fruitless = new Map<string, number>();

  /** Sorts the files of one folder. */
  async sort(folder: string, names: readonly string[]): Promise<PicturesFound> {
    const found: Finds = { images: [], unread: [], unseen: [] };
    const groups = Map.groupBy(names, groupOf);
    for (const [group, members] of groups) await this.#sortGroup(folder, group, members, found);
    return found;
  }

  async #sortGroup(folder: string, group: string, names: readonly string[], found: Finds): Promise<void> {
    const before = this.#fruitless.get(group) ?? 0;
    if (before >= patience) {
      found.unseen.push(...names);
      return;
    }
    const sample = spread(names, sampled);
    const hits = await this.#look(folder, [...sample], found);
    const rest = names.filter((name) => !sample.has(name));
    if (hits > 0) {
      this.#fruitless.set(group, Number.NEGATIVE_INFINITY);
      await this.#look(folder, rest, found);
    } else {
      this.#fruitless.set(group, before + sample.size);
      for (const name of rest) found.unseen.push(name);
    }
  }

  /** Looks into all of them; returns how many are pictures. */
  async #look(folder: string, names: readonly string[], found: Finds): Promise<number> {
    let hits = 0;
    for (let from = 0; from < names.length; from += atOnce) {
      const some = names.slice(from, from + atOnce);
      const kinds = await Promise.all(some.map((name) => kindOfContent(join(folder, name))));
      for (const [k, name] of some.entries()) {
        const kind = kinds[k] ?? null;
        if (kind === null) continue;
        hits += 1;
        if (kind === 'image') found.images.push(name);
        else found.unread.push([name, kind]);
      }
    }
    return hits;
  }
}
