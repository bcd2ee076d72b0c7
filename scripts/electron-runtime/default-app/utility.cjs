/** What the stand-in Electron runs in a utility process: the worker file named first, which finds a better-sqlite3 built for this Electron. */
'use strict';

const Module = require('node:module');
const path = require('node:path');

const driver = path.join(__dirname, 'node_modules/better-sqlite3');

/** @type {{ _resolveFilename: (request: string, ...rest: unknown[]) => string }} */
const loader = /** @type {never} */ (Module);
const resolveFilename = loader._resolveFilename;
loader._resolveFilename = (request, ...rest) =>
  resolveFilename(request === 'better-sqlite3' ? driver : request, ...rest);

const worker = process.argv[process.argv.indexOf(__filename) + 1];
if (worker === undefined) throw new Error('No worker file was named.');
require(worker);
