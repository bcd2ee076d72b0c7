/** Contents named by a real engine process: hashes without decoding, bad files among good ones, beside the model's process. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { type EngineHost, hostEngine } from '../../../src/main/engine/host.js';
import type { EngineRole } from '../../../src/main/engine/calls.js';
import { engineStarter } from '../../../src/main/engine/messages.js';
import { forkNode } from '../../../src/main/processes/fork-node.js';
import { writeTree } from '../../support/file-tree.js';
import { heldFile } from '../../support/held-file.js';
import { idxBytes, ramp } from '../../support/idx-files.js';

const worker = join(import.meta.dirname, '../../../out/main/worker.cjs');
const started: EngineRole[] = [];

function startHost(): EngineHost {
  started.length = 0;
  const start = engineStarter(forkNode, worker, { threads: 1, provider: 'cpu' });
  const host = hostEngine((role) => {
    started.push(role);
    return start(role);
  });
  onTestFinished(() => host.close());
  return host;
}
/** Size and time of a file, as text. */
const stamp = (): unknown => expect.stringMatching(/^\d+:\d+$/);
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

it('names files by content whether or not they are pictures, in order, and says of each why it cannot be read', async () => {
  const root = await writeTree({ 'a.jpg': 'no picture', 'empty.png': '', 'b.jpg': 'another' });
  await mkdir(join(root, 'folder.png'));
  const names = ['b.jpg', 'gone.jpg', 'a.jpg', 'empty.png', 'folder.png'];
  const outcomes = await startHost().identify({ inputs: names.map((name) => ({ path: join(root, name) })) });
  expect(outcomes).toEqual([
    { ok: true, sha256: sha256('another'), bytes: 7, stamp: stamp() },
    { ok: false, error: expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }) as unknown },
    { ok: true, sha256: sha256('no picture'), bytes: 10, stamp: stamp() },
    { ok: false, error: expect.objectContaining({ message: '"empty.png" is empty (0 bytes).' }) as unknown },
    {
      ok: false,
      error: expect.objectContaining({
        message: '"folder.png" cannot be read: it is a folder, not a file.',
      }) as unknown,
    },
  ]);
  expect(started).toEqual(['pictures']);
});

it('names a member of a container by its pixels and their shape, as predictions do', async () => {
  const root = await writeTree({ 'train-images-idx3-ubyte': idxBytes([2, 2, 3], ramp(12)) });
  const path = join(root, 'train-images-idx3-ubyte');
  const shape = new TextEncoder().encode('idx:3x2x1:');
  expect(await startHost().identify({ inputs: [{ path, member: 1 }] })).toEqual([
    { ok: true, sha256: sha256(Uint8Array.of(...shape, 6, 7, 8, 9, 10, 11)), bytes: 6, stamp: stamp() },
  ]);
});

it.runIf(process.platform !== 'win32')('is held up neither by pipes nor by files that hang', async ({ skip }) => {
  const colours = { create: { width: 8, height: 8, channels: 3, background: '#336699' } } as const;
  const root = await writeTree({ 'good.png': await sharp(colours).png().toBuffer(), 'hangs.png': 'abc' });
  const pipes = Array.from({ length: 40 }, (_, at) => join(root, `${String(at)}.png`));
  execFileSync('mkfifo', pipes);
  const held = await heldFile(join(root, 'hangs.png'));
  if (held === null) return skip('no file can be held here');
  const host = startHost();
  const hangs = ['thumb', 'large'] as const;
  const hanging = hangs.map((size) =>
    host.picture({ source: { path: join(root, 'hangs.png') }, size }).catch(() => null),
  );
  const outcomes = await host.identify({ inputs: pipes.map((path) => ({ path })) });
  expect(new Set(outcomes.map((one) => (one.ok ? '' : one.error.code)))).toEqual(new Set(['IMAGE_UNREADABLE']));
  const thumbs = await Promise.allSettled(pipes.map((path) => host.picture({ source: { path }, size: 'thumb' })));
  expect(thumbs.every(({ status }) => status === 'rejected')).toBe(true);
  expect((await host.picture({ source: { path: join(root, 'good.png') }, size: 'thumb' })).width).toBe(8);
  await held.release();
  await Promise.all(hanging);
});

it('stops when cancelled, and answers the next call', async () => {
  const root = await writeTree({ 'a.jpg': 'a' });
  const host = startHost();
  const controller = new AbortController();
  const input = { path: join(root, 'a.jpg') };
  const call = host.identify({ inputs: Array.from({ length: 2000 }, () => input) }, { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await host.identify({ inputs: [input] })).toEqual([
    { ok: true, sha256: sha256('a'), bytes: 1, stamp: stamp() },
  ]);
});
