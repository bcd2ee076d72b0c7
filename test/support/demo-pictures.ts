/** The demo's images as PNG files in folders of splits and classes, as people have them. */

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';

import { projectRoot } from './app.js';
import { fashionNames } from './fashion-names.js';

const side = 28;
const demoData = join(projectRoot, 'resources/demo/data');

/** Names of folders. */
const labels = fashionNames.map((name) => name.replace('/', '_'));

/** Of ten images: seven for training, one for validation, two for testing. */
const splitOf = (index: number): string => (index % 10 < 7 ? 'train' : index % 10 < 8 ? 'validation' : 'test');

/** PNG files of the demo's images, by index; made once. */
export class DemoPictures {
  readonly #pixels: Buffer;
  readonly #labels: Buffer;

  private constructor(pixels: Buffer, labelBytes: Buffer) {
    this.#pixels = pixels;
    this.#labels = labelBytes;
  }

  static async open(): Promise<DemoPictures> {
    const [pixels, labelBytes] = await Promise.all(
      ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'].map(async (name) =>
        gunzipSync(await readFile(join(demoData, name))),
      ),
    );
    if (pixels === undefined || labelBytes === undefined) throw new Error('The demo has no data.');
    return new DemoPictures(pixels.subarray(16), labelBytes.subarray(8));
  }

  /** `split/class/number.png` of an image. */
  file(index: number): string {
    const label = labels[this.#labels[index] ?? 0] ?? '';
    return `${splitOf(index)}/${label}/${String(index)}.png`;
  }

  /** A file among those of a dataset that is no picture, whatever its name says; its path. */
  static async writeBroken(dataset: string): Promise<string> {
    const broken = join(dataset, 'train', 'Bag', 'broken.png');
    await mkdir(dirname(broken), { recursive: true });
    await writeFile(broken, 'no picture');
    return broken;
  }

  png(index: number): Promise<Buffer> {
    const pixels = this.#pixels.subarray(index * side * side, (index + 1) * side * side);
    return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .png()
      .toBuffer();
  }

  /** Writes images `from` to `to` (exclusive) below `folder`; returns the files with the SHA-256 of their contents. */
  async write(folder: string, from: number, to: number): Promise<Map<string, string>> {
    const written = new Map<string, string>();
    for (let index = from; index < to; index++) {
      const file = this.file(index);
      const bytes = await this.png(index);
      await mkdir(join(folder, file, '..'), { recursive: true });
      await writeFile(join(folder, file), bytes);
      written.set(file, createHash('sha256').update(bytes).digest('hex'));
    }
    return written;
  }
}
