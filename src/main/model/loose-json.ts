/** Reads data as JSON or as a literal of Python: exporters write `{0: 'cat'}` and `(0.5, 0.5, 0.5)` where JSON is meant. */

/** Deeper nesting is no list of names or numbers. */
const deepest = 8;
const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
]);
const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);
const stringPattern = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/suy;
const numberPattern = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/iuy;
const wordPattern = /[A-Za-z]+/uy;

class Literal {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The whole text as one value. @throws SyntaxError */
  whole(): unknown {
    const value = this.#value(0);
    if (this.#peek() !== '') throw new SyntaxError(`Unexpected text at ${String(this.#at)}`);
    return value;
  }

  #peek(): string {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#text[this.#at] ?? '';
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #value(depth: number): unknown {
    if (depth > deepest) throw new SyntaxError('Nested too deeply');
    switch (this.#peek()) {
      case '[':
        return this.#list(']', depth);
      case '(':
        return this.#list(')', depth);
      case '{':
        return this.#object(depth);
      default:
        return this.#scalar();
    }
  }

  #scalar(): unknown {
    const string = this.#take(stringPattern);
    if (string !== null) {
      return (string[1] ?? string[2] ?? '').replace(/\\(.)/gsu, (_, one: string) => escapes.get(one) ?? one);
    }
    const number = this.#take(numberPattern);
    if (number !== null) return Number(number[0]);
    const word = this.#take(wordPattern)?.[0];
    if (word !== undefined && words.has(word)) return words.get(word);
    throw new SyntaxError(`Unexpected text at ${String(this.#at)}`);
  }

  #list(end: string, depth: number): unknown[] {
    this.#at++;
    const values: unknown[] = [];
    while (this.#peek() !== end) {
      values.push(this.#value(depth + 1));
      this.#separator(end);
    }
    this.#at++;
    return values;
  }

  #object(depth: number): Record<string, unknown> {
    this.#at++;
    const entries: [string, unknown][] = [];
    while (this.#peek() !== '}') {
      const key = String(this.#scalar());
      if (this.#peek() !== ':') throw new SyntaxError(`Expected a colon at ${String(this.#at)}`);
      this.#at++;
      entries.push([key, this.#value(depth + 1)]);
      this.#separator('}');
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #separator(end: string): void {
    const next = this.#peek();
    if (next === ',') this.#at++;
    else if (next !== end) throw new SyntaxError(`Expected a comma at ${String(this.#at)}`);
  }
}

/** The value that a text writes down in JSON or Python; undefined when it does neither. */
export function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return new Literal(text).whole();
    } catch {
      return undefined;
    }
  }
}
