/** Puts ONNX Runtime's CUDA provider beside the runtime: by the runtime's own installer, or out of a package of the npm registry. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { projectRoot, tryCommand } from './command.ts';
import { type PinnedPackage, unpackNpmPackage } from './npm-package.ts';

/** The version of onnxruntime-node that {@link carrier}'s libraries belong to: others do not load them. */
export const carriedRuntime = '1.29.0';

/** A package for another program, with the provider for CUDA 13 as ONNX Runtime's makers built it. */
const carrier: PinnedPackage = {
  name: 'com.github.asus4.onnxruntime.linux-x64-gpu',
  version: '0.4.9',
  integrity: 'sha512-FopIhNE/Ng+v2X65wVc9clPCBCvhvA53Hxo2U0Kf5fGdVsC7iCA+mZ0KLWggcQAj7TIZ6pNidR4AC10g74Xo6w==',
};

/** SHA-256 of what is taken out of it. */
const carried = {
  'libonnxruntime_providers_cuda.so': '56cf3254b118ad837ccc4ed8f6d1b23504bbf7ef91b34cbc0b289cb7f10b3037',
  'libonnxruntime_providers_shared.so': 'c6a12593396095f5670160e284c35d1700b7708cf3037b7042e2a5200ccae772',
} as const;

/** Fetches the provider for CUDA 12 as onnxruntime-node would when it is installed; false when it cannot be had. */
export async function installByRuntime(): Promise<boolean> {
  const script = join(projectRoot, 'node_modules/onnxruntime-node/script/install.js');
  const { code } = await tryCommand(process.execPath, [script, '--onnxruntime-node-install=cuda12'], { mute: true });
  return code === 0;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Copies a library to where it is loaded from: whole or not at all. */
async function place(file: string, target: string): Promise<void> {
  const draft = `${target}.${String(process.pid)}`;
  try {
    await copyFile(file, draft);
    await chmod(draft, 0o755);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Fetches the provider for CUDA 13 from the npm registry.
 * @param folder where the runtime's library lies
 * @throws Error when the package cannot be had or is not what was pinned.
 */
export async function installFromRegistry(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'hognose-cuda-'));
  try {
    const unpacked = join(work, 'package');
    await unpackNpmPackage(carrier, unpacked);
    for (const [name, hash] of Object.entries(carried)) {
      const file = join(unpacked, 'Plugins/Linux/x64', name);
      const found = await sha256(file);
      if (found !== hash) throw new Error(`${name} is not the library that was expected: ${found} instead of ${hash}`);
      await place(file, join(folder, name));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
