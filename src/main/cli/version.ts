/** The version of this program. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';

const packageFile = join(import.meta.dirname, '../../package.json');

/** As package.json, which lies two folders above the bundle, gives it. */
export const version = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(readFileSync(packageFile, 'utf8')),
).version;
