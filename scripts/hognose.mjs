#!/usr/bin/env node
/** The command `hognose`: runs the built command line on a Node that is new enough, building it first in a checkout. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '..');
const cli = join(root, 'out/main/cli.cjs');
const oldestNode = 22;

/** @returns {string} this Node when it is new enough, else the one among the project's packages */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath;
  const own = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(own)) return own;
  process.stderr.write(`Hognose needs Node ${oldestNode} or newer; this is ${process.version}.\n`);
  process.exit(1);
}

/** Lets reports be printed as PDF where the scripts prepared an Electron because the usual one cannot be fetched. */
function nameElectron() {
  if ((process.env.HOGNOSE_ELECTRON ?? '') !== '' || existsSync(join(root, 'node_modules/electron/path.txt'))) return;
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const prepared = join(cache, 'hognose/electron/dist/electron');
  if (existsSync(prepared)) process.env.HOGNOSE_ELECTRON = prepared;
}

const node = findNode();
nameElectron();
if (!existsSync(cli)) {
  process.stderr.write('Building Hognose, once ...\n');
  // The build needs a Node that strips types, which the project's packages bring.
  const own = join(root, 'node_modules/node/bin/node');
  const built = spawnSync(existsSync(own) ? own : node, [join(root, 'scripts/build.ts')], {
    cwd: root,
    stdio: ['ignore', process.stderr.fd, process.stderr.fd],
  });
  if (built.status !== 0) process.exit(1);
}

if (node === process.execPath) {
  await import(pathToFileURL(cli).href);
} else {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}
