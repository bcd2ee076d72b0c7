/** The whole journey of an audit in short: killed, judged, moved, overwritten, its folder away and back; `npm run bench -- --journey` goes it with 4,000 images. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { DemoPictures } from '../../support/demo-pictures.js';
import { Journey } from '../../support/journey.js';

it('loses nothing and mixes nothing on its way', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hognose-journey-'));
  try {
    await new Journey(folder, await DemoPictures.open(), 480).all();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  expect.hasAssertions();
});
