/** The journey of an audit at size: 4,000 images in train, validation and test, through kills, a move, overwritten files and a lost folder. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { DemoPictures } from '../support/demo-pictures.js';
import { Journey } from '../support/journey.js';

const count = Number(process.env.IMAGES ?? '4000');

it('goes through everything that can befall a dataset', { timeout: 0 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-journey-'));
  const start = performance.now();
  try {
    await new Journey(folder, await DemoPictures.open(), count).all();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { assertionCalls } = expect.getState();
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(`${JSON.stringify({ images: count, checks: assertionCalls, seconds })}\n`);
});
