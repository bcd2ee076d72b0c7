/** The facts of two models side by side. */

import type { ModelInspection } from './model.js';
import { type Fact, modelFacts } from './model-facts.js';

/** A fact of two models; null where one has no such fact. */
export interface FactPair {
  readonly name: string;
  readonly sides: readonly [Fact | null, Fact | null];
  readonly differs: boolean;
}

export interface PairGroup {
  readonly title: string;
  readonly pairs: readonly FactPair[];
}

function sameLines(a: Fact | null, b: Fact | null): boolean {
  return a?.lines.join('\n') === b?.lines.join('\n');
}

/** The facts of two models side by side, in the order of the first, what only the second has after it. */
export function compareFacts(a: ModelInspection, b: ModelInspection): readonly PairGroup[] {
  const [first, second] = [modelFacts(a), modelFacts(b)];
  const order = first.map((group) => group.title);
  for (const [at, { title }] of second.entries()) if (!order.includes(title)) order.splice(at, 0, title);
  return order.map((title) => {
    const sides = [first, second].map((groups) => groups.find((group) => group.title === title)?.facts ?? []);
    const names = [...new Set(sides.flatMap((facts) => facts.map(({ name }) => name)))];
    const pairs = names.map((name): FactPair => {
      const [one, other] = sides.map((facts) => facts.find((found) => found.name === name) ?? null);
      return { name, sides: [one ?? null, other ?? null], differs: !sameLines(one ?? null, other ?? null) };
    });
    return { title, pairs };
  });
}
