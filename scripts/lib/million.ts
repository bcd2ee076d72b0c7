/** Measures an audit of a million images in the real window: makes the projects, then lets Playwright drive the built application on them. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from '../build.ts';
import { command, projectRoot } from './command.ts';
import { setUp } from './set-up.ts';
import { runWindowBench } from './window-bench.ts';

/** The sizes that are measured; a million images of a thousand classes take 4.5 GB of disk. */
const sizes = [
  { images: 1_000_000, classes: 10 },
  { images: 1_000_000, classes: 1000 },
] as const;

/** @param most at most so many images, to try it out; resolves to the exit code */
export async function measureMillion(most = Infinity): Promise<number> {
  const electron = await setUp();
  await build();
  const folder = await mkdtemp(join(tmpdir(), 'hognose-million-'));
  try {
    const model = join(folder, 'model.json');
    const cli = join(projectRoot, 'scripts/hognose.mjs');
    const demo = join(projectRoot, 'resources/demo/model');
    await writeFile(model, await command(process.execPath, [cli, 'model', 'inspect', demo, '--json'], { quiet: true }));
    for (const { images, classes } of sizes) {
      const project = join(folder, `${String(classes)}.hognose`);
      const count = String(Math.min(images, most));
      const script = join(projectRoot, 'scripts/large-project.ts');
      // The demo's model has ten classes: with others nothing is computed.
      await command(process.execPath, [script, project, count, String(classes), ...(classes === 10 ? [model] : [])]);
      const code = await runWindowBench(electron.executable, 'million.spec.ts', { HOGNOSE_LARGE_PROJECT: project });
      if (code !== 0) return code;
      await rm(project, { recursive: true });
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
