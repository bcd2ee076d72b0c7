/** `npm run cuda`: installs the CUDA provider, says what it still lacks, and proves that it works; 0 when it does. */

import './lib/sources.ts';

import { join, relative } from 'node:path';

import type { CudaState } from '../src/main/engine/cuda-state.ts';
import { projectRoot, runScript, tryCommand } from './lib/command.ts';
import { installByRuntime, installFromRegistry } from './lib/cuda-provider.ts';
import { advice, findings } from './lib/cuda-report.ts';

const { cudaState } = await import('../src/main/engine/cuda-state.ts');
const { cudaFault } = await import('../src/main/engine/provider.ts');

/** Whether the provider is there, and for a CUDA that is on this machine, if any is. */
function isSettled({ provider, version, toolkits }: CudaState): boolean {
  return provider === 'installed' && (toolkits.length === 0 || version === null || toolkits.includes(version));
}

/** The provider for CUDA 12 where that may be used and can be had, else the one for CUDA 13. */
async function install(folder: string, before: CudaState): Promise<void> {
  if (before.toolkits.length === 0 || before.toolkits.includes(12)) {
    console.log("Fetching the provider for CUDA 12 by ONNX Runtime's own installer ...");
    if ((await installByRuntime()) && cudaState().version === 12) return;
    console.log('It cannot be fetched here.');
  }
  if (before.provider === 'installed' && before.version === 13) return;
  console.log('Fetching the provider for CUDA 13 from the npm registry (179 MB, once) ...');
  await installFromRegistry(folder);
}

async function proves(): Promise<boolean> {
  console.log('\nRunning a small graph on CUDA ...');
  const { code } = await tryCommand(process.execPath, [join(projectRoot, 'scripts/lib/prove-cuda.ts')]);
  return code === 0;
}

await runScript(async () => {
  const before = cudaState();
  const { folder, platform } = before;
  if (folder === null) {
    if (platform === 'win32')
      console.log('ONNX Runtime for Node comes with DirectML and WebGPU on Windows, not with CUDA.');
    console.log(`Hognose runs on the CPU here: ${cudaFault(before) ?? ''}`);
    return 1;
  }
  if (!isSettled(before)) await install(folder, before);
  const state = cudaState();
  const version = state.version === null ? '' : ` for CUDA ${String(state.version)}`;
  console.log(`The provider${version} is in ${relative(projectRoot, folder)}.`);
  console.log(findings(state).join('\n'));
  const todo = advice(state);
  if (todo.length > 0) console.log(`\nWhat to do:\n${todo.join('\n')}`);
  if (cudaFault(state) === null && (await proves())) {
    console.log('CUDA works. Hognose takes it by itself from the next start.');
    return 0;
  }
  console.log(
    '\nCUDA does not work yet; Hognose runs on the CPU meanwhile. Run this again when something has changed.',
  );
  return 1;
});
