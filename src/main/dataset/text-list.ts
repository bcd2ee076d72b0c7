/** Many texts without an object each: their bytes one after the other, and where each ends. */

import { IntList } from './int-list.js';

/** UTF-8 needs at most this many bytes for a unit of a string. */
const mostBytes = 3;

/** A list of texts that grows; a half of a surrogate pair, which stands for no character, becomes U+FFFD. */
export class TextList {
  #bytes = Buffer.allocUnsafeSlow(1024);
  #used = 0;
  readonly #ends = new IntList();

  get size(): number {
    return this.#ends.size;
  }

  /** Adds a text at the end and returns its place. */
  push(text: string): number {
    const needed = this.#used + mostBytes * text.length;
    if (needed > this.#bytes.length) this.#resize(Math.max(needed, Math.ceil(this.#bytes.length * 1.5)));
    this.#used += this.#bytes.write(text, this.#used);
    this.#ends.push(this.#used);
    return this.#ends.size - 1;
  }

  /** Empty beyond the end. */
  at(index: number): string {
    if (index < 0 || index >= this.#ends.size) return '';
    return this.#bytes.toString('utf8', index === 0 ? 0 : this.#ends.at(index - 1), this.#ends.at(index));
  }

  /** Gives back the memory kept for more. */
  trim(): void {
    this.#resize(this.#used);
  }

  #resize(length: number): void {
    const bytes = Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(bytes, 0, 0, this.#used);
    this.#bytes = bytes;
  }
}
