/** The model page's state: one report a model, another model beside it, and ways back. */

import { describe, expect, it, vi } from 'vitest';

import { Client } from '../../../src/renderer/state/client.js';
import { ModelInspectionState } from '../../../src/renderer/state/model-inspection.svelte.js';
import { AppError } from '../../../src/shared/errors.js';
import { FakeBridge } from '../../support/fake-bridge.js';

function start(): { bridge: FakeBridge; state: ModelInspectionState } {
  const bridge = new FakeBridge({ labels: [0, 1], names: ['cat', 'dog'] });
  return { bridge, state: new ModelInspectionState(new Client(bridge)) };
}
const asked = (bridge: FakeBridge): number => bridge.calls.filter((name) => name === 'model.inspect').length;
const refusal = new AppError('MODEL_NOT_VIT', 'cnn.onnx is no ViT.', 'Choose a ViT.');

describe('the project’s model', () => {
  it('is inspected once, and anew when it is another', async () => {
    const { bridge, state } = start();
    expect(state.own.state).toBe('loading');
    await Promise.all([state.load('a'), state.load('a')]);
    expect(state.own).toMatchObject({ state: 'ready', value: { summary: { blocks: 6 } } });
    await state.load('a');
    expect(asked(bridge)).toBe(1);
    await state.load('b');
    expect(asked(bridge)).toBe(2);
  });

  it('is asked for again after a failure', async () => {
    const { bridge, state } = start();
    bridge.failures.set('model.inspect', refusal);
    await state.load('a');
    expect(state.own).toMatchObject({ state: 'failed', error: { code: 'MODEL_NOT_VIT' } });
    await state.load('a');
    expect(state.own.state).toBe('ready');
  });

  it('is not overwritten by the answer about an earlier one', async () => {
    const { bridge, state } = start();
    const real = bridge.call.bind(bridge);
    let release: () => void = () => undefined;
    vi.spyOn(bridge, 'call').mockImplementationOnce(async (name, input) => {
      await new Promise<void>((resolve) => (release = resolve));
      return real(name, input);
    });
    bridge.failures.set('model.inspect', refusal);
    const first = state.load('a');
    await state.load('b');
    const before = state.own;
    release();
    await first;
    expect(state.own).toBe(before);
  });
});

describe('another model', () => {
  it('is set beside and taken away', async () => {
    const { state } = start();
    const comparing = state.compare('model-file');
    expect(state.choosing).toBe(true);
    await comparing;
    expect([state.choosing, state.other?.summary.name]).toEqual([false, 'vit_base_patch16_224.onnx']);
    state.closeOther();
    expect(state.other).toBeNull();
  });

  it('leaves everything as it was when it is refused, and says why until that was read', async () => {
    const { bridge, state } = start();
    await state.compare('model-file');
    bridge.failures.set('model.compare', refusal);
    await state.compare('model-folder');
    expect([state.refused?.message, state.other?.summary.name]).toEqual([
      'cnn.onnx is no ViT.',
      'vit_base_patch16_224.onnx',
    ]);
    state.dismiss();
    expect(state.refused).toBeNull();
  });

  it('does not come back after the way back was taken', async () => {
    const { state } = start();
    const comparing = state.compare('model-file');
    state.reset();
    await comparing;
    expect([state.other, state.choosing]).toEqual([null, false]);
  });
});
