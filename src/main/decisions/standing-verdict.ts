/**
 * Which verdict stands on a file: a pure function of everything that anybody ever said of it, in any copy of the project, in any order.
 * A decision beats those that it names as replaced, and what those replaced, whatever the clocks say. Decisions of which neither knew of the
 * other stand side by side: where they differ, nothing stands until somebody decides again.
 */

import type { Verdict } from '../../shared/audit.js';
import type { Entry } from './entry.js';

/** A decision with what was decided. */
export type Decision = Entry & { readonly verdict: Verdict };

export interface Standing {
  /** Null where nothing was decided, and where what was decided is in conflict. */
  readonly verdict: Verdict | null;
  /** Who else decided what stands, by name. */
  readonly agreeing: readonly string[];
  /** What was decided where that is in conflict, the newest first; else empty. */
  readonly unsettled: readonly Verdict[];
  /** The decisions that nothing has beaten, the newest first; of more than one kind where they are in conflict. */
  readonly decisions: readonly Decision[];
}

/** A decision holds for the content that it was given for; where either is not known, the name decides. */
export function holdsFor(given: string | null, sha256: string | null): boolean {
  return given === null || sha256 === null || given === sha256;
}

/** The decisions that nobody has taken away; entries in any order. */
export function active(entries: readonly Entry[]): readonly Decision[] {
  const undone = new Set<string>();
  for (const { action, names } of entries) if (action === 'undo') for (const id of names) undone.add(id);
  const cleared = new Set<string>();
  for (const entry of entries) {
    if (isClearing(entry) && !undone.has(entry.id)) for (const id of entry.names) cleared.add(id);
  }
  return entries.filter(isDecision).filter(({ id }) => !undone.has(id) && !cleared.has(id));
}

/**
 * What stands on a file that holds a content; null for one that is not known.
 * @param entries everything that was said of the file, each once, in any order
 */
export function standingOn(entries: readonly Entry[], sha256: string | null): Standing {
  const all = active(entries);
  const holding = all.filter((decision) => holdsFor(decision.sha256, sha256));
  const beaten = reached(entries, all);
  const decisions = ofOneContent(holding.filter(({ id }) => !beaten.has(id)).sort(newestFirst));
  const [first] = decisions;
  const agree = first !== undefined && decisions.every(({ verdict }) => isSame(verdict, first.verdict));
  const verdict = agree ? first.verdict : null;
  const others = new Set(decisions.map(({ reviewer }) => reviewer));
  others.delete(verdict?.reviewer ?? '');
  return {
    verdict,
    agreeing: agree ? [...others] : [],
    unsettled: agree ? [] : decisions.map((decision) => decision.verdict),
    decisions,
  };
}

/**
 * The decisions that one made now replaces: of all that hold for the content those that no other names, also where they were taken away.
 * What was cleared may come back, and then it is older still.
 */
export function replacedOn(entries: readonly Entry[], sha256: string | null): readonly Decision[] {
  const holding = entries.filter(isDecision).filter((decision) => holdsFor(decision.sha256, sha256));
  const beaten = reached(entries, holding);
  return holding.filter(({ id }) => !beaten.has(id));
}

/** Whether two verdicts come to the same; notes do not count. */
function isSame(one: Verdict, other: Verdict): boolean {
  const labels = (verdict: Verdict): string => JSON.stringify([...verdict.correctedLabels].sort());
  return one.kind === other.kind && labels(one) === labels(other);
}

const isDecision = (entry: Entry): entry is Decision => entry.verdict !== null;
const isClearing = ({ action, verdict }: Entry): boolean => action !== 'undo' && verdict === null;

const newestFirst = (a: Decision, b: Decision): number => b.at - a.at || (a.id < b.id ? 1 : -1);

/**
 * Ids of all that these decisions replace: what they name and what was named by that, also through decisions that were taken away, as far as
 * it may be of the content that they are of themselves.
 */
function reached(entries: readonly Entry[], from: readonly Decision[]): ReadonlySet<string> {
  const byId = new Map(entries.filter(isDecision).map((decision) => [decision.id, decision]));
  const replaced = new Set<string>();
  for (const content of new Set(from.map(({ sha256 }) => sha256))) {
    const seen = new Set<string>();
    const open = from.flatMap(({ sha256, names }) => (sha256 === content ? names : []));
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const decision = byId.get(id);
      if (decision === undefined) continue;
      if (holdsFor(decision.sha256, content)) replaced.add(id);
      open.push(...decision.names);
    }
  }
  return replaced;
}

/** Where it is not known which content the file holds: what was said of that which was judged last. */
function ofOneContent(decisions: readonly Decision[]): readonly Decision[] {
  const latest = decisions.find(({ sha256 }) => sha256 !== null)?.sha256 ?? null;
  return decisions.filter(({ sha256 }) => holdsFor(sha256, latest));
}
