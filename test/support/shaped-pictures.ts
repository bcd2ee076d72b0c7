/** A dataset of pictures of many shapes and a model whose class names are long, for tests of what must fit the screen. */

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

import { DemoPictures } from './demo-pictures.js';
import { demoModel } from './new-audit.js';

/** Shapes that are written in turn, `width x height`. */
const shapes = [
  [300, 600],
  [600, 300],
  [400, 400],
  [640, 480],
] as const;

/** A name of thirty letters for each class of the demo. */
const longName = (index: number): string => `Garment of the kind number ${String(index)}00`;

/** Writes the demo's first `count` images, enlarged to the shapes in turn, below folders that name classes. */
export async function writeShapedPictures(folder: string, count: number): Promise<void> {
  const demo = await DemoPictures.open();
  for (let index = 0; index < count; index += 1) {
    const [width, height] = shapes[index % shapes.length] ?? shapes[0];
    // Most labels are wrong, so that there is something to look at.
    const place = join(folder, longName((index * 7) % 10));
    await mkdir(place, { recursive: true });
    const picture = sharp(await demo.png(index)).resize(width, height, { fit: 'fill' });
    await writeFile(join(place, `${String(index)}.png`), await picture.png().toBuffer());
  }
}

/** Copies the demo's model with long class names. */
export async function writeLongNamedModel(folder: string): Promise<void> {
  await cp(demoModel, folder, { recursive: true });
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const names = Array.from({ length: 10 }, (_, index) => longName(index));
  config.id2label = Object.fromEntries(names.map((name, index) => [String(index), name]));
  config.label2id = Object.fromEntries(names.map((name, index) => [name, index]));
  await writeFile(path, JSON.stringify(config));
}
