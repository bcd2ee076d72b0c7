/** Which execution provider of ONNX Runtime is to run the graphs, and why not a faster one. */

import type { ProviderInfo, ProviderWish } from '../../shared/provider.js';
import { type CudaState, cudaState, driverLibrary } from './cuda-state.js';

/** The command that installs the provider and tells in full what it lacks. */
const command = '`npm run cuda`';

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Why there can be no CUDA on a system like this one. */
function unsupported(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'there is none on macOS.';
  return 'ONNX Runtime brings a provider for it on Linux (x86-64) only.';
}

/** What keeps CUDA from working, as the end of a sentence and a way out; null when nothing does that can be seen from here. */
export function cudaFault({ platform, folder, provider, libraries, driver }: CudaState): string | null {
  if (folder === null) return unsupported(platform);
  if (driver.library === null) return `there is no NVIDIA driver (${driverLibrary} is not found).`;
  if (!driver.running) return 'the NVIDIA driver does not run, or there is no NVIDIA graphics card.';
  if (provider === 'missing') return `its provider library is not installed. ${command} installs it.`;
  if (provider === 'damaged') return `its provider library is damaged. Delete it and run ${command}.`;
  const missing = libraries.filter(({ path, required }) => required && path === null).map(({ name }) => name);
  if (missing.length === 0) return null;
  return `${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} not found. ${command} tells how to get it.`;
}

/** The processor, because CUDA cannot be used. @param fault as {@link cudaFault} gives it */
export function processorBecause(fault: string): ProviderInfo {
  return { name: 'CPU', note: `CUDA is not used: ${fault}` };
}

/**
 * What is to run the graphs. Takes milliseconds and loads no library, so the last word is the engine's, which tries. Who asks
 * for CUDA gets a try wherever its provider is installed: this look may miss libraries that the loader finds.
 */
export function chooseProvider(wish: ProviderWish, look: () => CudaState = cudaState): ProviderInfo {
  if (wish === 'cpu') return { name: 'CPU', note: 'As chosen.' };
  const state = look();
  const fault = cudaFault(state);
  if (fault === null) return { name: 'CUDA', note: '' };
  return wish === 'cuda' && state.provider === 'installed'
    ? { name: 'CUDA', note: `To be tried, although ${fault}` }
    : processorBecause(fault);
}
