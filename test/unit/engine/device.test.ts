/** The engine takes CUDA where it works, and the processor with a notice where it was expected to but does not. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CudaState, cudaState } from '../../../src/main/engine/cuda-state.js';
import { type Device, engineDevice, openDevice } from '../../../src/main/engine/device.js';
import { faultOf } from '../../../src/main/engine/probe.js';
import { cpuSessions } from '../../../src/main/engine/session.js';
import type { CreateSession } from '../../../src/main/onnx/runner.js';
import type { ErrorData } from '../../../src/shared/errors.js';
import type { ProviderInfo, ProviderWish } from '../../../src/shared/provider.js';
import { CudaMachine } from '../../support/cuda-machine.js';

let folder: string;
let whole: CudaState;
let bare: CudaState;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hognose-device-'));
  bare = cudaState(new CudaMachine(join(folder, 'bare')).places);
  const machine = new CudaMachine(join(folder, 'whole'));
  machine.addDriver();
  machine.addProvider();
  machine.addLibraries();
  whole = cudaState(machine.places);
});
afterAll(() => rmSync(folder, { recursive: true }));

const failing: CreateSession = () =>
  Promise.reject(new Error('OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'));
const wrong: CreateSession = () =>
  Promise.resolve({
    run: () => Promise.resolve({ y: { type: 'float32', dims: [1], data: Float32Array.of(7) } }),
    release: () => Promise.resolve(),
  });
/** Stands in for CUDA where there is none. */
const working = cpuSessions(1);

interface Told {
  readonly device: Device;
  readonly told: readonly (readonly [ProviderInfo, ErrorData | null])[];
}

async function opened(wish: ProviderWish, state: CudaState, createCuda: CreateSession): Promise<Told> {
  const told: [ProviderInfo, ErrorData | null][] = [];
  const tell = (provider: ProviderInfo, notice: ErrorData | null): void => void told.push([provider, notice]);
  return { device: await openDevice(wish, tell, { look: () => state, createCuda }), told };
}

describe('the device', () => {
  it('is CUDA when a small graph runs there', async () => {
    const { device, told } = await opened('auto', whole, working);
    expect([device.target, device.provider]).toEqual(['cuda', { name: 'CUDA', note: '' }]);
    expect(told).toEqual([[{ name: 'CUDA', note: '' }, null]]);
  });

  it('is the processor without a word when nobody asked for more and there is no more', async () => {
    const { device, told } = await opened('auto', bare, failing);
    expect(device.target).toBe('cpu');
    expect(told).toEqual([[device.provider, null]]);
    expect(device.provider.note).toContain('there is no NVIDIA driver');
    expect(await faultOf(device.sessions(1))).toBeNull();
  });

  it('is the processor with a notice when CUDA was asked for in vain', async () => {
    const { device, told } = await opened('cuda', bare, failing);
    expect(device.target).toBe('cpu');
    expect(told[0]?.[1]).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', message: device.provider.note });
  });

  it.each([
    ['cannot be loaded', failing, 'ONNX Runtime cannot use it (Failed to load shared library).'],
    ['computes wrong', wrong, 'ONNX Runtime cannot use it (the provider computes 7 where 20 is right).'],
  ])('is the processor with a notice when CUDA seemed to be there but %s', async (_, createCuda, reason) => {
    const { device, told } = await opened('auto', whole, createCuda);
    const provider = { name: 'CPU', note: `CUDA is not used: ${reason}` };
    expect(device).toMatchObject({ target: 'cpu', provider });
    expect(told.length).toBe(1);
    expect(told[0]?.[0]).toEqual(provider);
    expect(told[0]?.[1]).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', message: provider.note });
    expect(await faultOf(device.sessions(1))).toBeNull();
  });

  it('of a process that nobody told anything is the processor, and stays the same', async () => {
    const device = await engineDevice();
    expect(device.target).toBe('cpu');
    expect(await engineDevice()).toBe(device);
  });
});
