/** The model page's state: one report a model, another model beside it, and ways back. */

import { describe, expect, it, vi } from 'vitest';

import { Client } from '../../../src/renderer/state/client.js';
import { ModelInspectionState } from '../../../src/renderer/state/model-inspection.svelte.js';
import { AppError } from '../../../src/shared/errors.js';
import type { WatchedBridge } from '../../support/watched-bridge.js';
import { startBackend } from '../../support/window.js';

async function start(): Promise<{ bridge: WatchedBridge; state: ModelInspectionState }> {
  const { backend, bridge, project } = await startBackend({ labels: [0, 1], names: ['cat', 'dog'] });
  await backend.workspace.openProject(project);
  backend.system.chosen.push('vit_base_patch16_224.onnx', 'deit-tiny-distilled');
  return { bridge, state: new ModelInspectionState(new Client(bridge)) };
}
const refusal = new AppError('MODEL_NOT_VIT', 'cnn.onnx is no ViT.', 'Choose a ViT.');

describe('the project’s model', () => {
  it('is inspected once, and anew when it is another', async () => {
    const { bridge, state } = await start();
    expect(state.own.state).toBe('loading');
    await Promise.all([state.load('a'), state.load('a')]);
    expect(state.own).toMatchObject({ state: 'ready', value: { summary: { blocks: 6 } } });
    await state.load('a');
    expect(bridge.count('model.inspect')).toBe(1);
    await state.load('b');
    expect(bridge.count('model.inspect')).toBe(2);
  });

  it('is asked for again after a failure', async () => {
    const { bridge, state } = await start();
    bridge.failures.set('model.inspect', refusal);
    await state.load('a');
    expect(state.own).toMatchObject({ state: 'failed', error: { code: 'MODEL_NOT_VIT' } });
    await state.load('a');
    expect(state.own.state).toBe('ready');
  });

  it('is not overwritten by the answer about an earlier one', async () => {
    const { bridge, state } = await start();
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
    const { state } = await start();
    const comparing = state.compare('model-file');
    expect(state.choosing).toBe(true);
    await comparing;
    expect([state.choosing, state.other?.summary.name]).toEqual([false, 'vit_base_patch16_224.onnx']);
    state.closeOther();
    expect(state.other).toBeNull();
  });

  it('leaves everything as it was when it is refused, and says why until that was read', async () => {
    const { bridge, state } = await start();
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
    const { state } = await start();
    const comparing = state.compare('model-file');
    state.reset();
    await comparing;
    expect([state.other, state.choosing]).toEqual([null, false]);
  });
});
