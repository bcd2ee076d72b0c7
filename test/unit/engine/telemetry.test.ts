/** ONNX Runtime's own telemetry stays off: no uploader, no log of it, no identifier on disk. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cpuSessions } from '../../../src/main/engine/session.js';
import { tinyCnn } from '../../support/tiny-vit.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'hognose-telemetry-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** What a process that loads ONNX Runtime leaves behind in its temporary and cache folders. */
function traces(variables: Readonly<Record<string, string>>): readonly string[] {
  const runtime = resolve(import.meta.dirname, '../../../node_modules/onnxruntime-node');
  const script = `require(${JSON.stringify(runtime)}).InferenceSession.create(new Uint8Array(3)).catch(() => 0)`;
  const env = {
    ...process.env,
    ORT_DISABLE_TELEMETRY: '',
    TMPDIR: folder,
    XDG_CACHE_HOME: folder,
    HOME: folder,
    ...variables,
  };
  execFileSync(process.execPath, ['-e', script], { env });
  return readdirSync(folder);
}

it('is switched off by the variable that the engine sets before it loads the library', () => {
  expect(traces({ ORT_DISABLE_TELEMETRY: '1' })).toEqual([]);
});

it('has that variable set once a session was made', async () => {
  delete process.env.ORT_DISABLE_TELEMETRY;
  const session = await cpuSessions(1)(tinyCnn());
  await session.release();
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
});
