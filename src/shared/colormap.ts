/** The colour tables of saliency maps, used alike by the viewer and the report: three sequential ones and greys, and a diverging one. */

/** Perceptually even sequential maps; cividis and greys are safe for every kind of colour vision. */
export const colourMapNames = ['magma', 'viridis', 'cividis', 'greys'] as const;
export type ColourMapName = (typeof colourMapNames)[number];

/**
 * Colours at even steps, `rrggbb`. magma and viridis (Smith, van der Walt, Firing 2015) and cividis (Nuñez, Anderton,
 * Renslow 2018) as published (CC0), every eighth of their 256 entries: linear interpolation is within 6/255 of them.
 */
const sequential: Readonly<Record<ColourMapName, string>> = {
  magma:
    '000004 030312 0a0822 130d34 1d1147 29115a 36106b 440f76 51127c 5d177f 6a1c81 ' +
    '762181 832681 902a81 9c2e7f aa337d b73779 c23b75 cf4070 db476a e55064 ee5b5e ' +
    'f4695c f9785d fb8761 fd9668 fea571 feb47b fec287 fed194 fde0a1 fceeb0 fcfdbf',
  viridis:
    '440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d ' +
    '2f6b8e 2c728e 297a8e 26828e 23898e 21918c 1f978b 1f9f88 21a685 27ad81 31b57b ' +
    '3dbc74 4cc26c 5cc863 6ece58 81d34d 95d840 aadc32 c0df25 d5e21a eae51a fde725',
  cividis:
    '00224e 00285b 002e6a 053371 1a386f 273e6e 32436d 3b496c 434e6c 4b546c 535a6d ' +
    '5a5f6e 61656f 686a71 6f7073 767676 7d7c78 838179 8b8778 928d78 9a9376 a29975 ' +
    'aaa073 b3a670 bbad6d c3b369 ccba64 d4c15f ddc858 e6d051 efd748 f8df3c fee838',
  greys: '000000 ffffff',
};

/** Blue over grey to brown, each arm of even steps in OKLab: like Crameri's vik, with grey at zero. */
const divergingArms = {
  negative: '001261 002e72 074783 1d5f95 3177a6 518eb5 75a4c1 9bb8c9 c8c8c8',
  positive: 'c8c8c8 d6b097 d2966f c77a4b b66031 a1461d 8c2d08 721809 590008',
} as const;

const entries = 256;

function interpolate(colours: string, count: number): Uint8Array {
  const knots = colours.split(' ').map((text) => Number.parseInt(text, 16));
  const table = new Uint8Array(count * 3);
  for (let entry = 0; entry < count; entry += 1) {
    const place = (entry / (count - 1)) * (knots.length - 1);
    const below = knots[Math.floor(place)] ?? 0;
    const above = knots[Math.ceil(place)] ?? 0;
    const share = place - Math.floor(place);
    for (let channel = 0; channel < 3; channel += 1) {
      const shift = 16 - 8 * channel;
      const from = (below >> shift) & 255;
      const to = (above >> shift) & 255;
      table[entry * 3 + channel] = Math.round(from + (to - from) * share);
    }
  }
  return table;
}

const tables = new Map<ColourMapName, Uint8Array>();
let divergingTable: Uint8Array | undefined;

/** The 256 colours of a sequential map, low to high, as `[256 * 3]` RGB bytes; shared, not to be changed. */
export function colourMap(name: ColourMapName): Uint8Array {
  let table = tables.get(name);
  if (table === undefined) {
    table = interpolate(sequential[name], entries);
    tables.set(name, table);
  }
  return table;
}

/** The 256 colours of the diverging map as `[256 * 3]` RGB bytes: 0 is most negative, 127 and 128 are zero, 255 most positive. */
export function diverging(): Uint8Array {
  if (divergingTable === undefined) {
    divergingTable = new Uint8Array(entries * 3);
    divergingTable.set(interpolate(divergingArms.negative, entries / 2), 0);
    divergingTable.set(interpolate(divergingArms.positive, entries / 2), (entries / 2) * 3);
  }
  return divergingTable;
}

/** Entry of a 256-colour table for `value` between `low` and `high`; clamped, and 0 for NaN or an empty range. */
export function colourEntry(value: number, low: number, high: number): number {
  if (!(high > low) || Number.isNaN(value)) return 0;
  return Math.max(0, Math.min(entries - 1, Math.round(((value - low) / (high - low)) * (entries - 1))));
}

/** The part of a table that a map of the range `part` uses on the scale `whole`, as a table of its own. */
export function colourSlice(
  table: Uint8Array,
  whole: { readonly low: number; readonly high: number },
  part: { readonly low: number; readonly high: number },
): Uint8Array {
  const slice = new Uint8Array(table.length);
  for (let entry = 0; entry < entries; entry += 1) {
    const value = part.low + ((part.high - part.low) * entry) / (entries - 1);
    const from = colourEntry(value, whole.low, whole.high) * 3;
    slice.set(table.subarray(from, from + 3), entry * 3);
  }
  return slice;
}
