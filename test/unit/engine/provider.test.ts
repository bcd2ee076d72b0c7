/** Which provider is chosen on machines with more or less of CUDA, and what people are told about it. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CudaPlaces, cudaState } from '../../../src/main/engine/cuda-state.js';
import { chooseProvider } from '../../../src/main/engine/provider.js';
import type { ProviderInfo, ProviderWish } from '../../../src/shared/provider.js';
import { CudaMachine } from '../../support/cuda-machine.js';

let folder: string;
let machine: CudaMachine;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hognose-provider-'));
  machine = new CudaMachine(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

function chosen(wish: ProviderWish, other: Partial<CudaPlaces> = {}): ProviderInfo {
  return chooseProvider(wish, () => cudaState({ ...machine.places, ...other }));
}

describe('the choice by itself', () => {
  it('is the processor until driver, provider and libraries are there, and says what comes next', () => {
    const note = (): string => chosen('auto').note;
    expect(chosen('auto').name).toBe('CPU');
    expect(note()).toBe('CUDA is not used: there is no NVIDIA driver (libcuda.so.1 is not found).');
    machine.add('lib64/libcuda.so.1');
    expect(note()).toBe('CUDA is not used: the NVIDIA driver does not run, or there is no NVIDIA graphics card.');
    machine.addDriver();
    expect(note()).toBe('CUDA is not used: its provider library is not installed. `npm run cuda` installs it.');
    machine.addProvider();
    expect(note()).toBe(
      'CUDA is not used: libcublasLt.so.13, libcublas.so.13, libcurand.so.10, libcudart.so.13 and libcudnn.so.9 are not found. `npm run cuda` tells how to get it.',
    );
    machine.addLibraries();
    expect(chosen('auto')).toEqual({ name: 'CUDA', note: '' });
  });

  it('needs cuDNN although the provider is not linked with it, but not its compiler', () => {
    machine.addDriver();
    machine.addProvider();
    machine.addLibraries();
    machine.remove('usr/lib/x86_64-linux-gnu/libnvrtc.so.13');
    expect(chosen('auto').name).toBe('CUDA');
    machine.remove('usr/lib/x86_64-linux-gnu/libcudnn.so.9');
    expect(chosen('auto').note).toBe(
      'CUDA is not used: libcudnn.so.9 is not found. `npm run cuda` tells how to get it.',
    );
    machine.add('usr/lib/libcudnn.so');
    expect(chosen('auto').name).toBe('CUDA');
  });

  it('does not trust a provider library that is cut off', () => {
    machine.addDriver();
    machine.addLibraries();
    machine.addProvider(new Uint8Array(100));
    expect(chosen('auto').note).toBe(
      'CUDA is not used: its provider library is damaged. Delete it and run `npm run cuda`.',
    );
  });

  it.each([
    ['darwin', 'arm64', 'CUDA is not used: there is none on macOS.'],
    ['win32', 'x64', 'CUDA is not used: ONNX Runtime brings a provider for it on Linux (x86-64) only.'],
    ['linux', 'arm64', 'CUDA is not used: ONNX Runtime brings a provider for it on Linux (x86-64) only.'],
  ] as const)('on %s %s is the processor', (platform, arch, note) => {
    machine.addDriver();
    expect(chosen('auto', { platform, arch })).toEqual({ name: 'CPU', note });
  });
});

describe('a wish', () => {
  it('for the processor is granted without a look', () => {
    const look = (): never => expect.unreachable();
    expect(chooseProvider('cpu', look)).toEqual({ name: 'CPU', note: 'As chosen.' });
  });

  it('for CUDA is tried wherever the provider is installed', () => {
    expect(chosen('cuda').name).toBe('CPU');
    machine.addProvider();
    expect(chosen('cuda')).toEqual({
      name: 'CUDA',
      note: 'To be tried, although there is no NVIDIA driver (libcuda.so.1 is not found).',
    });
  });
});

describe('libraries are found', () => {
  beforeEach(() => {
    machine.addDriver();
    machine.addProvider();
  });

  it("in the loader's cache, unless it is out of date", () => {
    machine.addLibraries('opt/nvidia');
    const names = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13', 'libcudnn.so.9'];
    const paths = names.map((name) => `/opt/nvidia/${name}\0`).join('');
    machine.add('etc/ld.so.cache', `glibc-ld.so.cache1.1\x01\x02\0\0\xff\0${paths}`);
    expect(chosen('auto').name).toBe('CUDA');
    machine.remove('opt/nvidia/libcurand.so.10');
    expect(chosen('auto').note).toContain('libcurand.so.10 is not found');
  });

  it('in the folders of LD_LIBRARY_PATH', () => {
    machine.addLibraries('wheels/lib');
    expect(chosen('auto').name).toBe('CPU');
    const libraryPath = `/nowhere::${join(machine.places.root, 'wheels/lib')}`;
    expect(chosen('auto', { libraryPath }).name).toBe('CUDA');
  });

  it("in the toolkit's own folder only as lying elsewhere, where the loader does not look", () => {
    machine.addLibraries('usr/local/cuda-13.0/targets/x86_64-linux/lib');
    mkdirSync(join(machine.places.root, 'usr/local/cuda-13.0'), { recursive: true });
    symlinkSync('targets/x86_64-linux/lib', join(machine.places.root, 'usr/local/cuda-13.0/lib64'));
    const { libraries, toolkits } = cudaState(machine.places);
    expect(libraries[0]).toEqual({
      name: 'libcublasLt.so.13',
      path: null,
      elsewhere: join(machine.places.root, 'usr/local/cuda-13.0/lib64/libcublasLt.so.13'),
      required: true,
    });
    expect(toolkits).toEqual([13]);
    expect(chosen('auto').name).toBe('CPU');
  });
});

it.each([
  ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023', '535.104.05'],
  ['NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82.07  Release Build  (dvs-builder)', '580.82.07'],
  ['something else', null],
])('the version of the driver is read: %s', (text, version) => {
  machine.add('proc/driver/nvidia/version', text);
  expect(cudaState(machine.places).driver).toEqual({ library: null, running: true, version });
});

it('of this machine takes a moment', () => {
  const start = performance.now();
  expect(['CPU', 'CUDA']).toContain(chooseProvider('auto').name);
  expect(performance.now() - start).toBeLessThan(1000);
});
