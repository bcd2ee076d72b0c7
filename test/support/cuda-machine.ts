/** A folder that looks like a machine with as much of CUDA as a test wants. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CudaPlaces } from '../../src/main/engine/cuda-state.js';
import { tinyElf } from './tiny-elf.js';

/** What ONNX Runtime's provider for CUDA 13 is linked with. */
const needed = [
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  'libcudart.so.13',
  'libcuda.so.1',
  'libc.so.6',
];

export class CudaMachine {
  readonly places: CudaPlaces;

  constructor(folder: string) {
    this.places = {
      platform: 'linux',
      arch: 'x64',
      root: join(folder, 'root'),
      libraryPath: '',
      runtimePackage: join(folder, 'onnxruntime-node'),
    };
    mkdirSync(this.runtime, { recursive: true });
  }

  /** Where ONNX Runtime's library would lie. */
  get runtime(): string {
    return join(this.places.runtimePackage, 'bin/napi-v6/linux/x64');
  }

  /** Puts a file at a path of the system. */
  add(path: string, content: string | Uint8Array = ''): string {
    const place = join(this.places.root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
    return place;
  }

  addDriver(version = '580.65.06'): void {
    this.add('usr/lib/x86_64-linux-gnu/libcuda.so.1');
    this.add(
      'proc/driver/nvidia/version',
      `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${version}  Release Build\nGCC version: 12.2.0\n`,
    );
  }

  addProvider(content: Uint8Array = tinyElf({ needed })): void {
    writeFileSync(join(this.runtime, 'libonnxruntime_providers_cuda.so'), content);
    writeFileSync(join(this.runtime, 'libonnxruntime_providers_shared.so'), '');
  }

  /** Everything that the provider needs of NVIDIA, in a folder of the system. */
  addLibraries(folder = 'usr/lib/x86_64-linux-gnu'): void {
    for (const name of [...needed.slice(0, 4), 'libcudnn.so.9', 'libnvrtc.so.13']) this.add(join(folder, name));
  }

  remove(path: string): void {
    rmSync(join(this.places.root, path));
  }
}
