/** Names that occur again and again, each once: labels, splits. */

export class NameList {
  readonly #names: string[] = [];
  readonly #places = new Map<string, number>();

  /** In the order in which they came up. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** The place of a name in {@link names}, where it is put unless it stands there. */
  placeOf(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#names.push(name);
    this.#places.set(name, this.#names.length - 1);
    return this.#names.length - 1;
  }
}
