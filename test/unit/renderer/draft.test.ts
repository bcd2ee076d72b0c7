/** The new-audit assistant: what is typed is tried after a pause, a refusal stays beside the form, the preview follows. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../../../src/renderer/state/client.js';
import { DraftState } from '../../../src/renderer/state/draft.svelte.js';
import { numberIn, shownFigures } from '../../../src/renderer/state/preprocessing.js';
import { AppError } from '../../../src/shared/errors.js';
import { FakeBridge } from '../../support/fake-bridge.js';

const names = ['Boot', 'Coat', 'Shirt'];
let bridge: FakeBridge;
let draft: DraftState;
let renewed: number;

const calls = (name: string): number => bridge.calls.filter((call) => call === name).length;
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1000);

beforeEach(async () => {
  vi.useFakeTimers();
  renewed = 0;
  bridge = new FakeBridge({ labels: Array.from({ length: 30 }, (_, at) => at % 3), names, open: false, asked: 1 });
  draft = new DraftState(new Client(bridge), () => renewed++);
  await draft.create();
  await draft.pick('dataset-folder');
  await draft.pick('model-folder');
  await settle();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('preprocessing that is typed', () => {
  it('is tried once, when the typing rests, and shows in the preview', async () => {
    const before = renewed;
    draft.setPreprocessing({ mean: [0.1, 0.1, 0.1] });
    draft.setPreprocessing({ mean: [0.12, 0.1, 0.1] });
    expect([draft.looking, draft.unsettled, calls('draft.setPreprocessing')]).toEqual([true, true, 0]);
    expect(draft.preprocessing).toEqual({ mean: [0.12, 0.1, 0.1] });
    await settle();
    expect([draft.looking, draft.unsettled, calls('draft.setPreprocessing')]).toEqual([false, false, 1]);
    expect(draft.value?.model?.preprocessing.mean).toEqual([0.12, 0.1, 0.1]);
    expect(renewed).toBe(before + 1);
  });

  it('and is refused stays in the form while the model keeps what it had', async () => {
    draft.setPreprocessing({ crop: 30 });
    await settle();
    expect(draft.viewError?.message).toContain('The crop gives 30 x 30');
    expect([draft.preprocessing, draft.unsettled, draft.looking]).toEqual([{ crop: 30 }, true, false]);
    expect(draft.value?.modelChoice.preprocessing).toBeNull();
    expect(draft.preview?.state).toBe('ready');
    draft.setPreprocessing(null);
    await settle();
    expect([draft.viewError, draft.unsettled]).toEqual([null, false]);
  });

  it('waits for other work', async () => {
    bridge.failures.set('draft.setMapping', new AppError('INTERNAL', 'Busy.'));
    draft.setPreprocessing({ preset: 'clip' });
    await draft.setMapping([]);
    expect(draft.error?.part).toBe('mapping');
    await settle();
    expect(draft.value?.modelChoice.preprocessing).toEqual({ preset: 'clip' });
  });
});

describe('class names and mapping', () => {
  it('come from the list that is chosen', async () => {
    await draft.setClassNames('imagenet');
    expect(draft.value?.modelChoice.classNames).toEqual({ kind: 'imagenet' });
    await draft.pick('class-names');
    expect(draft.value?.modelChoice.classNames).toEqual({ kind: 'file', path: 'classes.txt' });
  });

  it('are written to a file whose name is told', async () => {
    await draft.exportMapping();
    expect(draft.exported).toBe('mapping.csv');
    bridge.failures.set('draft.exportMapping', new AppError('OUTPUT_UNWRITABLE', 'No.'));
    await draft.exportMapping();
    expect([draft.exported, draft.error?.part]).toEqual([null, 'mapping']);
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
