/** Makes a large project for benchmarks: `node scripts/large-project.ts FOLDER IMAGES CLASSES [MODEL.json]`; MODEL.json as `hognose model inspect --json` prints it. */

import './lib/sources.ts';

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ModelSummary } from '../src/shared/model.ts';
import { projectRoot, runScript } from './lib/command.ts';

const { makeLargeProject } = await import('../test/bench/large-project.ts');

await runScript(async () => {
  const [folder, images, classes, described] = process.argv.slice(2);
  if (folder === undefined) return 2;
  const model =
    described === undefined
      ? undefined
      : (JSON.parse(await readFile(described, 'utf8')) as { readonly summary: ModelSummary }).summary;
  makeLargeProject({
    folder,
    images: Number(images),
    classes: Number(classes),
    dataset: join(projectRoot, 'resources/demo/data'),
    ...(model === undefined ? {} : { model }),
    pending: Math.min(4000, Math.floor(Number(images) / 100)),
    verdicts: 500,
  });
  return 0;
});
