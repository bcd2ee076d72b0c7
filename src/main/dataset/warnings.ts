/** Collects what a person should know about a dataset, one sentence a kind however often it happens. */

const shownExamples = 3;

interface Group {
  count: number;
  readonly examples: string[];
  readonly wayOut: string;
}

/** Repeated observations, grouped by what happened; only the first few examples are kept. */
export class Warnings {
  readonly #groups = new Map<string, Group>();

  /**
   * Notes that `what` (a phrase in plain words) happened to `example`, a file or a label; `wayOut` is a sentence that
   * says what to do about it.
   */
  note(what: string, example: string, wayOut = ''): void {
    const group = this.#groups.get(what);
    if (group === undefined) {
      this.#groups.set(what, { count: 1, examples: [example], wayOut });
      return;
    }
    group.count += 1;
    if (group.examples.length < shownExamples) group.examples.push(example);
  }

  /** Takes over what was noted elsewhere, as if it were noted here now. */
  take(other: Warnings): void {
    for (const [what, { count, examples, wayOut }] of other.#groups) {
      for (const example of examples) this.note(what, example, wayOut);
      const group = this.#groups.get(what);
      if (group !== undefined) group.count += count - examples.length;
    }
  }

  /** One sentence a kind, in the order they were first noted: `What (12): "a", "b", "c" and 9 more. Way out.` */
  sentences(): readonly string[] {
    return [...this.#groups].map(([what, { count, examples, wayOut }]) => {
      const names = examples.map((example) => `"${example}"`).join(', ');
      const more = count > examples.length ? ` and ${String(count - examples.length)} more` : '';
      return `${what} (${String(count)}): ${names}${more}.${wayOut === '' ? '' : ` ${wayOut}`}`;
    });
  }
}
