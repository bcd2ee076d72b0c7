/** A small IDX dataset for tests: the first images of the demo, in the demo's own format. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { projectRoot } from './app.js';

const demoData = join(projectRoot, 'resources/demo/data');

/** Cuts an IDX file down to its first `count` items. */
function firstItems(idx: Buffer, count: number): Buffer {
  const dimensions = idx.readUInt8(3);
  const header = 4 + 4 * dimensions;
  let itemBytes = 1;
  for (let dimension = 1; dimension < dimensions; dimension++) itemBytes *= idx.readUInt32BE(4 + 4 * dimension);
  const cut = Buffer.from(idx.subarray(0, header + count * itemBytes));
  cut.writeUInt32BE(count, 4);
  return cut;
}

/** Writes `t10k-*.gz` with the demo's first `count` images into `folder`. */
export async function writeSmallDataset(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz']) {
    await writeFile(join(folder, name), gzipSync(firstItems(gunzipSync(await readFile(join(demoData, name))), count)));
  }
}
