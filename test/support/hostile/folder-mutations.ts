/** Damage to a folder of weights: safetensors headers and config.json that lie, and data files that lead elsewhere. */

import { type Chance, absurdSizes } from './chance.js';
import { damageBytes } from './byte-mutations.js';

export type Files = Readonly<Record<string, Uint8Array>>;

const text = new TextDecoder();
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);

const oddValues: readonly unknown[] = [
  null,
  true,
  '',
  'vit',
  [],
  {},
  -1,
  0,
  0.5,
  1e9,
  1e300,
  2 ** 53,
  'x'.repeat(10_000),
  ['ViTForImageClassification', 5],
  { __proto__: { a: 1 }, constructor: 2 },
];

/** A value somewhere in the tree replaced, removed or moved. */
function damageTree(value: unknown, chance: Chance, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 5) return chance.pick(oddValues);
  const entries = Object.entries(value);
  if (entries.length === 0) return chance.pick(oddValues);
  const [chosen] = chance.pick(entries);
  const changed = entries.flatMap(([key, inner]): [string, unknown][] => {
    if (key !== chosen) return [[key, inner]];
    if (chance.happens(0.15)) return [];
    if (chance.happens(0.1)) return [[chance.pick(['__proto__', 'constructor', '', `${key}2`]), inner]];
    return [[key, chance.happens(0.5) ? damageTree(inner, chance, depth + 1) : chance.pick(oddValues)]];
  });
  return Array.isArray(value) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}

function damageJson(bytes: Uint8Array, chance: Chance): Uint8Array {
  if (chance.happens(0.1)) return encode('['.repeat(chance.between(1000, 100_000)));
  if (chance.happens(0.2)) return damageBytes(bytes, chance);
  let tree = JSON.parse(text.decode(bytes)) as unknown;
  for (let count = chance.between(1, 3); count > 0; count -= 1) tree = damageTree(tree, chance);
  return encode(JSON.stringify(tree));
}

interface Entry {
  readonly dtype: unknown;
  readonly shape: readonly unknown[];
  readonly data_offsets: readonly unknown[];
}

function damageEntry(entry: Entry, chance: Chance): Entry {
  switch (chance.below(3)) {
    case 0:
      return { ...entry, dtype: chance.pick(['F64', 'I8', 'BF16', 'F16', 'X', 7, null, 'F8_E4M3']) };
    case 1:
      return {
        ...entry,
        shape: chance.pick([[], [chance.pick(absurdSizes)], [2 ** 20, 2 ** 20, 2 ** 20], [0.5], ['3']]),
      };
    default:
      return {
        ...entry,
        data_offsets: chance.pick([[0, 2 ** 50], [-8, 8], [8, 0], [2 ** 40, 2 ** 40 + 4], [0], [null, 1]]),
      };
  }
}

function withHeader(header: string, data: Uint8Array, length?: bigint): Uint8Array {
  const bytes = encode(header);
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, length ?? BigInt(bytes.length), true);
  return new Uint8Array(Buffer.concat([size, bytes, data]));
}

function damageSafetensors(bytes: Uint8Array, chance: Chance): Uint8Array {
  if (chance.happens(0.3)) return damageBytes(bytes, chance);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = text.decode(bytes.subarray(8, 8 + size));
  const data = bytes.subarray(8 + size);
  if (chance.happens(0.2)) {
    return withHeader(header, data, chance.pick([0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 100_000_000n, 2n ** 31n]));
  }
  if (chance.happens(0.2)) return withHeader(text.decode(damageJson(encode(header), chance)), data);
  const entries = JSON.parse(header) as Record<string, Entry>;
  const chosen = chance.pick(Object.keys(entries));
  const entry = entries[chosen];
  const changed = entry ? { ...entries, [chosen]: damageEntry(entry, chance) } : entries;
  return withHeader(JSON.stringify(changed), data);
}

/** One of the files damaged. */
export function damageFolder(files: Files, chance: Chance): Files {
  const name = chance.pick(Object.keys(files));
  const bytes = files[name] ?? new Uint8Array();
  const damaged = name.endsWith('.json')
    ? damageJson(bytes, chance)
    : name.endsWith('.safetensors')
      ? damageSafetensors(bytes, chance)
      : damageBytes(bytes, chance);
  return { ...files, [name]: damaged };
}

/** Places that a data file must not be read from, or that do not exist. */
export const escapes: readonly string[] = [
  '../../../../../../etc/passwd',
  '/etc/passwd',
  '/dev/zero',
  '/dev/stdin',
  '/proc/self/mem',
  '..',
  '.',
  '',
  'weights.data/../../x',
  'C:\\Windows\\win.ini',
  '..\\..\\x',
  'missing.data',
  'weights.data\u0000.txt',
];
