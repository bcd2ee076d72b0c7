/** The reference data beside the checkout, when it is there: golden tensors, sample images, models. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../shared');

/** Whether the reference data lies beside the checkout. */
export const sharedIsPresent = existsSync(resolve(folder, 'golden/manifest.json'));

if (!sharedIsPresent) process.stdout.write('Skipped: tests against ../shared, which is not beside this checkout.\n');

/** A path inside the reference data. */
export function shared(...parts: string[]): string {
  return resolve(folder, ...parts);
}

/** The rows of a comma-separated file without quoting, as records by column name. */
export function sharedTable(...parts: string[]): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = readFileSync(shared(...parts), 'utf8')
    .trim()
    .split(/\r?\n/);
  const columns = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
}
