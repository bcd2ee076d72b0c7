/** A disk that is really full, and one that is really read-only: told in plain words, nothing lost, resumed when there is room. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { demoModel, hognose } from '../../support/hognose.js';
import { writeSmallDataset } from '../../support/small-dataset.js';

const folder = mkdtempSync(join(tmpdir(), 'hognose-disk-'));
const data = mkdtempSync(join(tmpdir(), 'hognose-disk-data-'));

function mount(...options: string[]): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder], { stdio: 'ignore' });
}

/** Only root on Linux may make a small disk in memory. */
const mounted = ((): boolean => {
  try {
    mount('size=400k');
    return true;
  } catch {
    process.stdout.write('Skipped: a full disk can be made by root on Linux only.\n');
    return false;
  }
})();

afterAll(() => {
  if (mounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  rmSync(data, { recursive: true });
});

it.runIf(mounted)('goes on where it was once there is room again', async () => {
  await writeSmallDataset(data, 1000);
  const audit = [
    'audit',
    data,
    '--model',
    demoModel,
    '--out',
    join(folder, 'out'),
    '--explain',
    '0',
    '--format',
    'json',
  ];
  const full = await hognose(audit);
  expect(full.code).toBe(1);
  expect(full.stderr).toContain('The disk is full');
  expect(full.stderr).toContain('Free some space and start again');

  mount('remount', 'size=60m');
  const roomy = await hognose(audit);
  expect(roomy.stderr).not.toContain('full');
  expect(roomy.code).toBe(0);
  expect(roomy.stdout).toMatch(/^Predicted +1,000$/m);

  mount('remount', 'ro');
  const readOnly = await hognose(audit);
  expect(readOnly.code).toBe(1);
  expect(readOnly.stderr).toMatch(/cannot be opened or written|may not be written|read-only/);
});
