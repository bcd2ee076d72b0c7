/** Three people judge copies of one project, with clocks of their own, and bring them together: nothing is lost, no order matters. */

import { describe, expect, it } from 'vitest';

import type { Entry, EntryAction } from '../../../src/main/decisions/entry.js';
import type { Said } from '../../../src/main/decisions/journal.js';
import { clearing, deciding } from '../../../src/main/decisions/said.js';
import { active, holdsFor, standingOn } from '../../../src/main/decisions/standing-verdict.js';
import type { Verdict, VerdictKind } from '../../../src/shared/audit.js';
import { type Random, seededRandom } from '../../../src/shared/seeded-random.js';

const people = ['Ann', 'Bob', 'Cem'] as const;
const files = ['a.png', 'b.png'] as const;
const contents = ['aa', 'bb', null] as const;
const kinds: readonly VerdictKind[] = ['wrong-label', 'right-label', 'unsure'];

const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

/** One person's copy of the project: what it knows, and what can be undone and redone in it. */
class Copy {
  readonly known = new Map<string, Entry>();
  readonly #person: string;
  readonly #random: Random;
  #undo: (readonly Entry[])[] = [];
  #redo: (readonly Entry[])[] = [];

  constructor(person: string, random: Random) {
    this.#person = person;
    this.#random = random;
  }

  of(file: string): readonly Entry[] {
    return [...this.known.values()].filter((entry) => entry.file === file);
  }

  /** Takes over what another copy knows. */
  merge(other: Copy): void {
    for (const [id, entry] of other.known) this.known.set(id, entry);
  }

  give(among: readonly string[], sha256: string | null, kind: VerdictKind): readonly Entry[] {
    const verdict: Verdict = { kind, correctedLabels: [], note: '', reviewer: this.#person, at: 0 };
    return this.#step(
      'give',
      among.map((file) => deciding({ file, sha256 }, verdict, this.of(file))),
    );
  }

  clear(file: string, sha256: string | null): void {
    const said = clearing({ file, sha256 }, this.#person, this.of(file));
    if (said.names.length > 0) this.#step('clear', [said]);
  }

  undo(): boolean {
    const step = this.#undo.pop();
    if (step === undefined) return false;
    this.#say(
      'undo',
      step.map(({ id, file, sha256 }) => ({ file, sha256, verdict: null, names: [id] })),
    );
    this.#redo.push(step);
    return true;
  }

  redo(): void {
    const step = this.#redo.pop();
    if (step === undefined) return;
    const again = ({ file, sha256, verdict }: Entry): Said =>
      verdict === null
        ? clearing({ file, sha256 }, this.#person, this.of(file))
        : deciding({ file, sha256 }, verdict, this.of(file));
    this.#undo.push(this.#say('redo', step.map(again)));
  }

  #step(action: EntryAction, said: readonly Said[]): readonly Entry[] {
    const step = this.#say(action, said);
    this.#undo.push(step);
    this.#redo = [];
    return step;
  }

  #say(action: EntryAction, said: readonly Said[]): readonly Entry[] {
    // Clocks that go as they like, and ids in no order.
    const at = Math.floor(this.#random() * 1000);
    const entries = said.map((one): Entry => {
      const id = `${String(this.#random()).slice(2)}-${String(this.known.size)}`;
      return { ...one, id, step: id, at, reviewer: this.#person, action };
    });
    for (const entry of entries) this.known.set(entry.id, entry);
    return entries;
  }
}

/** Something happens to one of the copies. */
function happen(copies: readonly Copy[], random: Random): void {
  const copy = pick(random, copies);
  const draw = random();
  if (draw < 0.55)
    copy.give(random() < 0.2 ? files : [pick(random, files)], pick(random, contents), pick(random, kinds));
  else if (draw < 0.65) copy.clear(pick(random, files), pick(random, contents));
  else if (draw < 0.78) copy.undo();
  else if (draw < 0.85) copy.redo();
  else copy.merge(pick(random, copies));
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** What stands on everything, in words. */
function told(entries: readonly Entry[]): unknown {
  return files.flatMap((file) =>
    contents.map((sha256) =>
      standingOn(
        entries.filter((entry) => entry.file === file),
        sha256,
      ),
    ),
  );
}

function lived(seed: number): { readonly random: Random; readonly copies: readonly Copy[] } {
  const random = seededRandom(seed);
  const copies = people.map((person) => new Copy(person, random));
  const events = 4 + Math.floor(random() * 16);
  for (let event = 0; event < events; event += 1) happen(copies, random);
  return { random, copies };
}

const merged = (copies: readonly Copy[]): readonly Entry[] => {
  const all = new Copy('', Math.random);
  for (const copy of copies) all.merge(copy);
  return [...all.known.values()];
};

describe('what stands after 10,000 random histories of three people', () => {
  const histories = Array.from({ length: 10_000 }, (_, seed) => seed);

  it('is the same in whatever order the copies come together, and however often', () => {
    for (const seed of histories) {
      const { random, copies } = lived(seed);
      const expected = told(merged(copies));
      expect(told(merged(shuffled([...copies, ...copies], random))), String(seed)).toEqual(expected);
      expect(told(shuffled(merged(copies), random)), String(seed)).toEqual(expected);
    }
  });

  it('has lost nothing: every decision stands, was taken away, or is known to one that nobody took away', () => {
    let conflicts = 0;
    for (const seed of histories) {
      const { copies } = lived(seed);
      const entries = merged(copies);
      for (const file of files) {
        const said = entries.filter((entry) => entry.file === file);
        const left = active(said);
        for (const sha256 of ['aa', 'bb']) {
          const { verdict, decisions } = standingOn(said, sha256);
          const ids = new Set(decisions.map(({ id }) => id));
          const byId = new Map(said.map((entry) => [entry.id, entry]));
          const isKnownTo = (id: string, by: Entry): boolean =>
            by.names.some((name) => name === id || isKnownTo(id, byId.get(name) ?? expect.fail()));
          for (const decision of left) {
            // Of another picture than this one's a decision beats nothing.
            const isBeaten = left.some(
              (other) => holdsFor(decision.sha256, other.sha256) && isKnownTo(decision.id, other),
            );
            expect(ids.has(decision.id), `${String(seed)} ${file}`).toBe(
              holdsFor(decision.sha256, sha256) && !isBeaten,
            );
          }
          const meant = new Set(decisions.map((decision) => decision.verdict.kind));
          expect(verdict?.kind ?? null).toBe(meant.size === 1 ? [...meant][0] : null);
          if (meant.size > 1) conflicts += 1;
        }
      }
    }
    // The test would say nothing if people always agreed.
    expect(conflicts).toBeGreaterThan(1000);
  });

  it('is settled by whoever decides knowing of it all, and unsettled again where that is undone', () => {
    for (const seed of histories.slice(0, 3000)) {
      const { random, copies } = lived(seed);
      const copy = pick(random, copies);
      for (const other of copies) copy.merge(other);
      const file = pick(random, files);
      const sha256 = pick(random, ['aa', 'bb'] as const);
      const before = standingOn(copy.of(file), sha256);
      const [given = expect.fail()] = copy.give([file], sha256, 'ambiguous');
      expect(standingOn(copy.of(file), sha256).decisions.map(({ id }) => id)).toEqual([given.id]);
      copy.undo();
      expect(standingOn(copy.of(file), sha256)).toEqual(before);
    }
  });

  it('is nothing of a person who has taken back everything', () => {
    for (const seed of histories.slice(0, 3000)) {
      const { random, copies } = lived(seed);
      const at = Math.floor(random() * people.length);
      const copy = copies[at] ?? expect.fail();
      while (copy.undo()) continue;
      const own = active(merged(copies)).filter(({ reviewer }) => reviewer === people[at]);
      expect(own, String(seed)).toEqual([]);
    }
  });
});

describe('decisions', () => {
  const random = seededRandom(1);
  const pair = (): readonly [Copy, Copy] => [new Copy('Ann', random), new Copy('Bob', random)];

  it('of which neither knew of the other are in conflict, unless they come to the same', () => {
    const [ann, bob] = pair();
    ann.give(['a.png'], 'aa', 'wrong-label');
    bob.give(['a.png'], 'aa', 'right-label');
    ann.give(['b.png'], 'aa', 'unsure');
    bob.give(['b.png'], 'aa', 'unsure');
    ann.merge(bob);
    const on = (file: string): ReturnType<typeof standingOn> => standingOn(ann.of(file), 'aa');
    expect([
      on('a.png').verdict,
      on('a.png')
        .decisions.map(({ reviewer }) => reviewer)
        .sort(),
    ]).toEqual([null, ['Ann', 'Bob']]);
    expect([on('b.png').verdict?.kind, on('b.png').decisions.length]).toEqual(['unsure', 2]);
    bob.merge(ann);
    bob.give(['a.png'], 'aa', 'ambiguous');
    ann.merge(bob);
    expect(on('a.png').verdict?.kind).toBe('ambiguous');
  });

  it('on another picture take nothing away, also through one that was undone', () => {
    const [ann] = pair();
    ann.give(['a.png'], 'bb', 'wrong-label');
    ann.give(['a.png'], null, 'unsure');
    ann.undo();
    ann.give(['a.png'], 'aa', 'right-label');
    const kind = (sha256: string): string | undefined => standingOn(ann.of('a.png'), sha256).verdict?.kind;
    expect([kind('aa'), kind('bb')]).toEqual(['right-label', 'wrong-label']);
  });

  it('that were made knowing of another beat it, by whatever clock', () => {
    const [ann, bob] = pair();
    for (let round = 0; round < 50; round += 1) {
      ann.give(['a.png'], 'aa', pick(random, kinds));
      bob.merge(ann);
      const kind = pick(random, kinds);
      bob.give(['a.png'], 'aa', kind);
      ann.merge(bob);
      expect(standingOn(ann.of('a.png'), 'aa').decisions).toMatchObject([{ reviewer: 'Bob', verdict: { kind } }]);
    }
  });

  it('on a picture that was replaced are back with it, and no conflict of the next', () => {
    const [ann, bob] = pair();
    ann.give(['a.png'], 'aa', 'wrong-label');
    bob.give(['a.png'], 'bb', 'right-label');
    ann.merge(bob);
    const kind = (sha256: string | null): string | undefined => standingOn(ann.of('a.png'), sha256).verdict?.kind;
    expect([kind('aa'), kind('bb'), kind('cc')]).toEqual(['wrong-label', 'right-label', undefined]);
    // Which of them the file holds is not known: one of them is shown rather than none.
    expect(['wrong-label', 'right-label']).toContain(kind(null));
  });
});
