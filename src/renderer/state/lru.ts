/** A map that holds so many entries and lets the least recently used go. */

export class LruMap<K, V> {
  readonly #capacity: number;
  readonly #entries = new Map<K, V>();
  readonly #evicted: ((value: V) => void) | undefined;

  /** @param evicted called with every value that is let go. */
  constructor(capacity: number, evicted?: (value: V) => void) {
    this.#capacity = capacity;
    this.#evicted = evicted;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** The value, without counting as a use. */
  peek(key: K): V | undefined {
    return this.#entries.get(key);
  }

  /** The value, now the most recently used. */
  use(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const [oldest, old] of this.#entries) {
      if (this.#entries.size <= this.#capacity) return;
      this.#entries.delete(oldest);
      this.#evicted?.(old);
    }
  }

  /** Lets one value go. */
  delete(key: K): void {
    const value = this.#entries.get(key);
    if (this.#entries.delete(key) && value !== undefined) this.#evicted?.(value);
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  clear(): void {
    if (this.#evicted !== undefined) for (const value of this.#entries.values()) this.#evicted(value);
    this.#entries.clear();
  }
}
