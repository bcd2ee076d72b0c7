/** Damage to the bytes of a file: flipped bits, noise, missing ends, moved parts, and lengths and tags that lie. */

import type { Chance } from './chance.js';

type Mutate = (bytes: Uint8Array, chance: Chance) => Uint8Array;

/** A field of a protocol-buffer message: where its tag, its length and its payload begin, and where it ends. */
interface Field {
  readonly tag: number;
  readonly length: number;
  readonly payload: number;
  readonly end: number;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function readVarint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  let factor = 1;
  for (let next = at; next < Math.min(bytes.length, at + 10); next += 1) {
    const byte = bytes[next] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, next: next + 1 };
    factor *= 128;
  }
  return { value: Number.NaN, next: at };
}

/** The length-delimited fields between `from` and `until`; stops where the bytes are no message. */
function fieldsOf(bytes: Uint8Array, from: number, until: number): Field[] {
  const fields: Field[] = [];
  let at = from;
  while (at < until) {
    const tag = readVarint(bytes, at);
    const wire = tag.value % 8;
    if (Number.isNaN(tag.value) || tag.value === 0) return fields;
    if (wire === 2) {
      const length = readVarint(bytes, tag.next);
      const end = length.next + length.value;
      if (!(end <= until)) return fields;
      fields.push({ tag: at, length: tag.next, payload: length.next, end });
      at = end;
    } else if (wire === 0) at = readVarint(bytes, tag.next).next;
    else if (wire === 5 || wire === 1) at = tag.next + (wire === 5 ? 4 : 8);
    else return fields;
  }
  return fields;
}

/** A field at a random depth. */
function randomField(bytes: Uint8Array, chance: Chance): Field | undefined {
  let fields = fieldsOf(bytes, 0, bytes.length);
  let found: Field | undefined;
  for (let depth = 0; depth < 6 && fields.length > 0; depth += 1) {
    found = chance.pick(fields);
    if (chance.happens(0.3)) return found;
    fields = fieldsOf(bytes, found.payload, found.end);
  }
  return found;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const flipBits: Mutate = (bytes, chance) => {
  const result = bytes.slice();
  for (let count = chance.between(1, 8); count > 0; count -= 1) {
    const at = chance.below(result.length);
    result[at] = (result[at] ?? 0) ^ (1 << chance.below(8));
  }
  return result;
};

const noise: Mutate = (bytes, chance) => {
  const result = bytes.slice();
  const from = chance.below(result.length);
  const until = Math.min(result.length, from + chance.between(1, 64));
  for (let at = from; at < until; at += 1) result[at] = chance.below(256);
  return result;
};

const truncate: Mutate = (bytes, chance) => bytes.slice(0, chance.below(bytes.length));

const zeros: Mutate = (bytes, chance) => {
  const from = chance.below(bytes.length);
  return bytes.slice().fill(0, from, Math.min(bytes.length, from + chance.between(1, 256)));
};

const cutOut: Mutate = (bytes, chance) => {
  const from = chance.below(bytes.length);
  return joined(bytes.subarray(0, from), bytes.subarray(Math.min(bytes.length, from + chance.between(1, 64))));
};

const repeat: Mutate = (bytes, chance) => {
  const from = chance.below(bytes.length);
  const part = bytes.subarray(from, from + chance.between(1, 512));
  return joined(bytes.subarray(0, from), part, part, bytes.subarray(from));
};

const bombs = [2n ** 31n - 1n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 64n - 1n, 2n ** 40n, 100_000_000n];

const lengthBomb: Mutate = (bytes, chance) => {
  const field = randomField(bytes, chance);
  if (!field) return flipBits(bytes, chance);
  const length = varint(chance.pick(bombs));
  return joined(bytes.subarray(0, field.length), length, bytes.subarray(field.payload));
};

/** A length that is a little off, so that its neighbours are read as something else. */
const lengthOff: Mutate = (bytes, chance) => {
  const field = randomField(bytes, chance);
  if (!field) return flipBits(bytes, chance);
  const length = BigInt(Math.max(0, field.end - field.payload + chance.between(-3, 3)));
  return joined(bytes.subarray(0, field.length), varint(length), bytes.subarray(field.payload));
};

const otherTag: Mutate = (bytes, chance) => {
  const field = randomField(bytes, chance);
  if (!field) return flipBits(bytes, chance);
  const tag = varint(BigInt(8 * chance.between(0, 30) + chance.below(8)));
  return joined(bytes.subarray(0, field.tag), tag, bytes.subarray(field.length));
};

const swapFields: Mutate = (bytes, chance) => {
  const [a, b] = [randomField(bytes, chance), randomField(bytes, chance)].sort((x, y) => (x?.tag ?? 0) - (y?.tag ?? 0));
  if (!a || !b || a.end > b.tag) return flipBits(bytes, chance);
  const part = (field: Field): Uint8Array => bytes.subarray(field.tag, field.end);
  return joined(bytes.subarray(0, a.tag), part(b), bytes.subarray(a.end, b.tag), part(a), bytes.subarray(b.end));
};

/** Thousands of messages inside each other. */
const nest: Mutate = (bytes, chance) => {
  let inner: Uint8Array = bytes.subarray(0, Math.min(bytes.length, 64));
  const [graph, node, attribute] = [6, 1, 5].map((field) => 8 * field + 2);
  for (let depth = chance.between(10, 600); depth > 0; depth -= 1) {
    for (const tag of [graph, attribute, node])
      inner = joined(varint(BigInt(tag ?? 0)), varint(BigInt(inner.length)), inner);
  }
  return joined(bytes, varint(58n), varint(BigInt(inner.length)), inner);
};

const kinds: readonly Mutate[] = [
  flipBits,
  flipBits,
  noise,
  truncate,
  zeros,
  cutOut,
  repeat,
  lengthBomb,
  lengthBomb,
  lengthOff,
  otherTag,
  swapFields,
  nest,
];

/** The file damaged in one to three ways. */
export function damageBytes(bytes: Uint8Array, chance: Chance): Uint8Array {
  let result = bytes;
  for (let count = chance.between(1, 3); count > 0 && result.length > 0; count -= 1) {
    result = chance.pick(kinds)(result, chance);
  }
  return result;
}
