/** `npm run cuda` says what is missing and how to get it, and its pinned libraries belong to the runtime in use. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageFile from '../../../package.json';
import { carriedRuntime } from '../../../scripts/lib/cuda-provider.js';
import { advice, findings } from '../../../scripts/lib/cuda-report.js';
import { cudaState } from '../../../src/main/engine/cuda-state.js';
import { CudaMachine } from '../../support/cuda-machine.js';

let folder: string;
let machine: CudaMachine;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hognose-cuda-report-'));
  machine = new CudaMachine(folder);
  machine.addProvider();
});
afterEach(() => rmSync(folder, { recursive: true }));

const told = (): string => advice(cudaState(machine.places)).join('\n');

it('the provider of the registry was made for the onnxruntime-node of package.json', () => {
  expect(packageFile.dependencies['onnxruntime-node']).toBe(carriedRuntime);
});

describe('advice', () => {
  it('is none when all is there', () => {
    machine.addDriver();
    machine.addLibraries();
    expect(told()).toBe('');
    expect(findings(cudaState(machine.places)).join('\n')).toContain('version 580.65.06');
  });

  it('names driver and packages, each once', () => {
    machine.add('usr/lib/libcudart.so.13');
    expect(told()).toContain("Install NVIDIA's driver 580 or newer");
    expect(told()).toContain('Install the CUDA 13 toolkit and cuDNN 9 for CUDA 13');
    expect(told()).toMatch(/^ +apt-get install libcublas-13-0 libcurand-13-0 libcudnn9-cuda-13 cuda-nvrtc-13-0$/m);
  });

  it('tells where libraries lie that the loader does not see', () => {
    machine.addDriver();
    machine.addLibraries('usr/local/cuda/lib64');
    const place = join(machine.places.root, 'usr/local/cuda/lib64');
    expect(told()).toBe(
      `- Tell the loader of ${place}: add it to LD_LIBRARY_PATH, or to a file in /etc/ld.so.conf.d and run ldconfig.`,
    );
    expect(findings(cudaState(machine.places))[1]).toContain(`in ${place}, where the loader does not look`);
  });

  it('wants no more than cuDNN when only that is missing', () => {
    machine.addDriver();
    machine.addLibraries();
    machine.remove('usr/lib/x86_64-linux-gnu/libcudnn.so.9');
    expect(told()).toContain('Install cuDNN 9 for CUDA 13 from NVIDIA');
    expect(told()).toMatch(/^ +apt-get install libcudnn9-cuda-13$/m);
  });

  it('calls a driver too old, and one that does not run', () => {
    machine.addLibraries();
    machine.addDriver('535.104.05');
    expect(told()).toBe("- CUDA 13 wants NVIDIA's driver 580 or newer; this is 535.104.05.");
    machine.remove('proc/driver/nvidia/version');
    expect(told()).toContain('Load the driver');
  });
});
