/** Small sheets with known pixels and maps. */

import sharp from 'sharp';

import { type MethodId, methodParameters } from '../../../src/shared/methods.js';
import type { SheetLook } from '../../../src/shared/sheet.js';
import { type ContactImage, contactSheet } from '../../../src/main/sheet/contact-sheet.js';
import type { MapValues } from '../../../src/main/sheet/grid-sheet.js';
import { methodSheet, type MethodSheetInput } from '../../../src/main/sheet/method-sheet.js';
import type { Sheet, SheetPicture } from '../../../src/main/sheet/sheet.js';

export const plainLook: SheetLook = { transposed: false, scale: 'method', colourMap: 'magma', opacity: 1 };
const model = { name: 'tiny vit', hash: 'abcdef0123456789'.repeat(4) } as const;

/** A picture of one colour. */
export async function picture(colour: string, side = 32): Promise<SheetPicture> {
  const png = await sharp({ create: { width: side, height: side, channels: 3, background: colour } })
    .png()
    .toBuffer();
  return { png, width: side, height: side };
}

/** A map that is `from` in its left half and `to` in its right half. */
export function halves(from: number, to: number, side = 4): MapValues {
  const values = Float32Array.from({ length: side * side }, (_, at) => (at % side < side / 2 ? from : to));
  return { width: side, height: side, values };
}

const took = { milliseconds: 123, cost: { forward: 1, backward: 1 } } as const;

/** TIS, Integrated Gradients and a refused method, for two classes. */
export async function oneImage(changes: Partial<MethodSheetInput> = {}): Promise<Sheet> {
  const run = (method: MethodId, ...maps: readonly (MapValues | { readonly missing: string })[]) => {
    return { method, parameters: methodParameters(method), took, maps };
  };
  return methodSheet({
    image: 'snake.jpg',
    sha256: '0123456789abcdef'.repeat(4),
    picture: await picture('#808080'),
    model,
    classes: [
      { name: 'hognose snake', probability: 0.25, rank: 2, label: true },
      { name: 'night snake', probability: 0.5, rank: 1, label: false },
    ],
    methods: [
      run('tis', halves(0, 1), halves(0, 10)),
      run('integrated-gradients', halves(-1, 2, 32), halves(-3, 1, 32)),
      run('rise', { missing: 'RISE does not fit' }, { missing: 'RISE does not fit' }),
    ],
    look: plainLook,
    ...changes,
  });
}

/** Two images of different colours by one method; the map of the second reaches a quarter as high. */
export async function twoImages(look: SheetLook = plainLook): Promise<Sheet> {
  const image = async (file: string, colour: string, label: string | null, most: number): Promise<ContactImage> => ({
    file,
    picture: await picture(colour),
    label,
    prediction: { name: 'night snake', probability: 0.5 },
    shown: label ?? 'night snake',
    maps: [halves(0, most)],
    took: [took],
  });
  return contactSheet({
    title: '2 images',
    classes: 'Maps of the label',
    model,
    methods: [{ method: 'chefer2', parameters: {} }],
    images: [await image('a.jpg', '#ff0000', 'hognose snake', 1), await image('b.jpg', '#0000ff', null, 0.25)],
    look,
  });
}
