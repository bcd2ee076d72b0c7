/** What the stand-in Electron starts: the application folder given on the command line, as Electron's own default app does. */
'use strict';

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const electron = require('electron');

/** The application, with what only Electron's own default app calls. */
const app = /** @type {Electron.App & { setAppPath(path: string): void, setVersion(version: string): void }} */ (
  electron.app
);

/** better-sqlite3 built for this Electron; see the README beside the sources of this file. */
const driver = path.resolve(process.resourcesPath, '../../driver/node_modules/better-sqlite3');

/** @type {{ _resolveFilename: (request: string, ...rest: unknown[]) => string }} */
const loader = /** @type {never} */ (Module);
const resolveFilename = loader._resolveFilename;
loader._resolveFilename = (request, ...rest) =>
  resolveFilename(request === 'better-sqlite3' ? driver : request, ...rest);

/** Utility processes load the same driver; see utility.cjs. */
const utility = path.resolve(process.resourcesPath, '../../driver/utility.cjs');
const fork = electron.utilityProcess.fork.bind(electron.utilityProcess);
electron.utilityProcess.fork = (worker, words = [], options = {}) => fork(utility, [worker, ...words], options);

/** @returns {{ preloads: string[], folder: string | undefined }} */
function readCommandLine() {
  /** @type {string[]} */
  const preloads = [];
  const words = process.argv.slice(1);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '-r' || word === '--require') preloads.push(words[++index] ?? '');
    else if (!word.startsWith('-')) return { preloads, folder: path.resolve(word) };
  }
  return { preloads, folder: undefined };
}

/** @param {string} place the application's folder, or its main script */
function start(place) {
  if (!fs.statSync(place).isDirectory()) {
    app.setAppPath(path.dirname(place));
    require(place);
    return;
  }
  const manifest = require(path.join(place, 'package.json'));
  app.setAppPath(place);
  app.setName(manifest.productName ?? manifest.name);
  app.setVersion(manifest.version);
  require(path.join(place, manifest.main));
}

const { preloads, folder } = readCommandLine();
if (folder === undefined) {
  process.stderr.write('Usage: electron [switches] APP_FOLDER\n');
  app.exit(2);
} else {
  for (const preload of preloads) require(preload);
  start(folder);
}
