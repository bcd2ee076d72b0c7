/** Finds the item that a key belongs to among millions, without a string or an object each: a hash table in typed arrays. */

/** What {@link KeyTable.find} says where no item has the key, and where several have. */
export const noItem = -1;
export const severalItems = -2;

/** Whether another item has the key that is looked for. */
type Same = (item: number) => boolean;

const offset = 0x811c9dc5;
const prime = 0x01000193;

/** Spreads what little a short text moves over all bits (MurmurHash3, its finalizer; A. Appleby 2011). */
function mixed(state: number): number {
  let hash = state ^ (state >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** FNV-1a (Fowler, Noll and Vo 1991) over a text's units: 32 bits without a sign. */
export function hashOf(text: string): number {
  let state = offset;
  for (let at = 0; at < text.length; at += 1) state = Math.imul(state ^ text.charCodeAt(at), prime);
  return mixed(state);
}

/** The hashes of all ends of a path, read from its last character: `{at, hash}` of the last name, of the last two and so on. */
export function endHashes(path: string): readonly { readonly from: number; readonly hash: number }[] {
  const ends: { from: number; hash: number }[] = [];
  let state = offset;
  for (let at = path.length - 1; at >= 0; at -= 1) {
    const unit = path.charCodeAt(at);
    if (unit === 47) ends.push({ from: at + 1, hash: mixed(state) });
    state = Math.imul(state ^ unit, prime);
  }
  ends.push({ from: 0, hash: mixed(state) });
  return ends;
}

/** Items by key. Keys themselves are not kept: who asks says whether an item has the key. */
export class KeyTable {
  /** 0 where empty, else the item and 1; negative where several items have its key. */
  readonly #slots: Int32Array;
  /** Eight bits of the hash, so that few items are looked at in vain. */
  readonly #tags: Uint8Array;
  readonly #mask: number;

  /** @param most how many items there may be */
  constructor(most: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(8, most * 1.6)));
    this.#slots = new Int32Array(slots);
    this.#tags = new Uint8Array(slots);
    this.#mask = slots - 1;
  }

  /** Adds an item; returns the first one with its key, or {@link noItem}. */
  add(hash: number, item: number, same: Same): number {
    const at = this.#place(hash, same);
    const slot = this.#slots[at] ?? 0;
    if (slot === 0) {
      this.#slots[at] = item + 1;
      this.#tags[at] = hash >>> 24;
      return noItem;
    }
    const first = Math.abs(slot);
    this.#slots[at] = -first;
    return first - 1;
  }

  /** The one item with a key, {@link noItem} or {@link severalItems}. */
  find(hash: number, same: Same): number {
    const slot = this.#slots[this.#place(hash, same)] ?? 0;
    if (slot === 0) return noItem;
    return slot < 0 ? severalItems : slot - 1;
  }

  /** Where a key stands, or would stand. */
  #place(hash: number, same: Same): number {
    const tag = hash >>> 24;
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const slot = this.#slots[at] ?? 0;
      if (slot === 0 || (this.#tags[at] === tag && same(Math.abs(slot) - 1))) return at;
    }
  }
}
