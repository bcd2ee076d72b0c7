/** The new-audit assistant: what is typed is tried after a pause, a refusal stays beside the form, the preview follows. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../../../src/renderer/state/client.js';
import { NewAuditForm } from '../../../src/renderer/state/new-audit.svelte.js';
import { numberIn, shownFigures } from '../../../src/renderer/state/preprocessing.js';
import { AppError } from '../../../src/shared/errors.js';
import type { WatchedBridge } from '../../support/watched-bridge.js';
import { type Started, startBackend, until } from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt'];
let started: Started;
let bridge: WatchedBridge;
let newAudit: NewAuditForm;
let renewed: number;

/** Until what was typed was tried, and the preview shows it. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1000);
  await until(() => !newAudit.looking && newAudit.preview?.state !== 'loading');
}

beforeEach(async () => {
  renewed = 0;
  started = await startBackend({ labels: Array.from({ length: 30 }, (_, at) => at % 3), names });
  ({ bridge } = started);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  newAudit = new NewAuditForm(new Client(bridge), () => renewed++);
  await newAudit.create();
  started.backend.system.chosen.push(started.dataset, 'fashion-vit');
  await newAudit.pick('dataset-folder');
  await newAudit.pick('model-folder');
  await settle();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('preprocessing that is typed', () => {
  it('is tried once, when the typing rests, and shows in the preview', async () => {
    const before = renewed;
    newAudit.setPreprocessing({ mean: [0.1, 0.1, 0.1] });
    newAudit.setPreprocessing({ mean: [0.12, 0.1, 0.1] });
    expect([newAudit.looking, newAudit.viewPending, bridge.count('newAudit.setPreprocessing')]).toEqual([
      true,
      true,
      0,
    ]);
    expect(newAudit.preprocessing).toEqual({ mean: [0.12, 0.1, 0.1] });
    await settle();
    expect([newAudit.looking, newAudit.viewPending, bridge.count('newAudit.setPreprocessing')]).toEqual([
      false,
      false,
      1,
    ]);
    expect(newAudit.value?.model?.preprocessing.mean).toEqual([0.12, 0.1, 0.1]);
    expect(renewed).toBe(before + 1);
  });

  it('and is refused stays in the form while the model keeps what it had', async () => {
    newAudit.setPreprocessing({ crop: 30 });
    await settle();
    expect(newAudit.viewError?.message).toContain('The crop gives 30 x 30');
    expect([newAudit.preprocessing, newAudit.viewPending, newAudit.looking]).toEqual([{ crop: 30 }, true, false]);
    expect(newAudit.value?.modelChoice.preprocessing).toBeNull();
    expect(newAudit.preview?.state).toBe('ready');
    newAudit.setPreprocessing(null);
    await settle();
    expect([newAudit.viewError, newAudit.viewPending]).toEqual([null, false]);
  });

  it('waits for other work', async () => {
    bridge.failures.set('newAudit.setMapping', new AppError('INTERNAL', 'Busy.'));
    newAudit.setPreprocessing({ preset: 'clip' });
    await newAudit.setMapping([]);
    expect(newAudit.error?.part).toBe('mapping');
    await settle();
    expect(newAudit.value?.modelChoice.preprocessing).toEqual({ preset: 'clip' });
  });
});

describe('class names and mapping', () => {
  it('come from the list that is chosen', async () => {
    await newAudit.setClassNames('imagenet');
    expect(newAudit.error).toMatchObject({ part: 'classes', error: { code: 'LABELS_INVALID' } });
    expect(newAudit.value?.modelChoice.classNames).toBeNull();
    const file = join(started.dataset, '../classes.txt');
    await writeFile(file, 'Shirt\nBoot\nCoat');
    started.backend.system.chosen.push(file);
    await newAudit.pick('class-names');
    expect(newAudit.value?.model?.classes).toEqual(['Shirt', 'Boot', 'Coat']);
    expect(newAudit.value?.modelChoice.classNames).toEqual({ kind: 'file', path: 'classes.txt' });
  });

  it('are written to a file whose name is told', async () => {
    const file = join(started.dataset, '../mapping.csv');
    started.backend.system.chosen.push(file);
    await newAudit.exportMapping();
    expect(newAudit.exported).toBe('mapping.csv');
    expect(await readFile(file, 'utf8')).toContain('Coat');
    bridge.failures.set('newAudit.exportMapping', new AppError('OUTPUT_UNWRITABLE', 'No.'));
    await newAudit.exportMapping();
    expect([newAudit.exported, newAudit.error?.part]).toEqual([null, 'mapping']);
  });
});

describe('the form', () => {
  it('shows the model’s figures with the choice in their place', () => {
    const model = {
      resize: { kind: 'shortest-edge', size: 248 },
      interpolation: 'bicubic',
      crop: { width: 224, height: 224 },
      scale: 1 / 255,
      mean: [0.485, 1 / 3, 0.5],
      std: [0.5, 0.5, 0.5],
    } as const;
    expect(shownFigures(model, {})).toEqual({
      resizeKind: 'shortest-edge',
      resize: 248,
      crop: 224,
      interpolation: 'bicubic',
      mean: [0.485, 0.333333, 0.5],
      std: [0.5, 0.5, 0.5],
    });
    expect(shownFigures(model, { crop: 0, resize: 300, mean: [0, 0, 0] })).toMatchObject({
      crop: 0,
      resize: 300,
      mean: [0, 0, 0],
    });
  });

  it('takes a field for a number only when it is one', () => {
    expect(['0.5', ' 12 ', '0,5', '', '0.', '-', 'a'].map(numberIn)).toEqual([0.5, 12, 0.5, null, null, null, null]);
  });
});

it('what is still looked at when the new audit is discarded changes nothing any more', async () => {
  started.backend.system.chosen.push(started.dataset);
  const picking = newAudit.pick('dataset-folder');
  expect(newAudit.busy).toBe('data');
  await newAudit.discard();
  await picking;
  expect([newAudit.value, newAudit.busy, newAudit.error]).toEqual([null, null, null]);
});
