/** Says in lines what of CUDA is on a machine, what is missing, and how to get it. */

import { dirname } from 'node:path';

import type { CudaLibrary, CudaState } from '../../src/main/engine/cuda-state.ts';

/** The oldest driver that a version of CUDA runs with. */
const oldestDriver: Readonly<Record<number, number>> = { 12: 525, 13: 580 };

/** A release of each version of CUDA that packages exist for; any other release of the same version is as good. */
const releases: Readonly<Record<number, string>> = { 12: '12-9', 13: '13-0' };

/** Packages of NVIDIA's repository for Debian and Ubuntu by library, the release apart. */
const packages: Readonly<Record<string, string>> = {
  libcublas: 'libcublas',
  libcublasLt: 'libcublas',
  libcudart: 'cuda-cudart',
  libcufft: 'libcufft',
  libcurand: 'libcurand',
  libnvJitLink: 'libnvjitlink',
  libnvrtc: 'cuda-nvrtc',
};

function packageOf(library: string, version: number): string {
  const [base = ''] = library.split('.so');
  if (base === 'libcudnn') return `libcudnn9-cuda-${String(version)}`;
  const release = releases[version] ?? String(version);
  return `${packages[base] ?? 'cuda-libraries'}-${release}`;
}

function libraryLine({ name, path, elsewhere, required }: CudaLibrary): string {
  const missing = elsewhere === null ? 'not found' : `in ${dirname(elsewhere)}, where the loader does not look`;
  return `  ${name.padEnd(20)} ${path ?? (required ? missing : `${missing} (cuDNN compiles some kernels with it)`)}`;
}

function driverLine({ library, running, version }: CudaState['driver']): string {
  if (library === null) return 'The NVIDIA driver: libcuda.so.1 is not found.';
  if (!running) return `The NVIDIA driver: ${library}, but it does not run, or there is no card.`;
  return `The NVIDIA driver: ${library}${version === null ? '' : `, version ${version}`}.`;
}

/** What is there. */
export function findings(state: CudaState): readonly string[] {
  const { libraries, driver } = state;
  const lines = libraries.length === 0 ? [] : ['Libraries that the provider needs:', ...libraries.map(libraryLine)];
  return [...lines, driverLine(driver)];
}

function driverAdvice({ library, running, version }: CudaState['driver'], cuda: number): readonly string[] {
  const oldest = oldestDriver[cuda] ?? 0;
  const name = `NVIDIA's driver ${String(oldest)} or newer`;
  if (library === null) {
    return [
      `- Install ${name}: package nvidia-driver-${String(oldest)} or later on Ubuntu, nvidia-driver in NVIDIA's repository`,
      '  for Debian. A container needs to be given the card instead (docker run --gpus all ...).',
    ];
  }
  if (!running) {
    return ['- Load the driver (nvidia-smi tells what is wrong), or start the container with the card (--gpus all).'];
  }
  const isOld = version !== null && Number.parseInt(version, 10) < oldest;
  return isOld ? [`- CUDA ${String(cuda)} wants ${name}; this is ${version}.`] : [];
}

function libraryAdvice(libraries: readonly CudaLibrary[], cuda: number): readonly string[] {
  const missing = libraries.filter(({ path }) => path === null);
  const absent = missing.filter(({ elsewhere }) => elsewhere === null);
  const unseen = new Set(missing.flatMap(({ elsewhere }) => (elsewhere === null ? [] : [dirname(elsewhere)])));
  const lines = [...unseen].map(
    (folder) =>
      `- Tell the loader of ${folder}: add it to LD_LIBRARY_PATH, or to a file in /etc/ld.so.conf.d and run ldconfig.`,
  );
  if (absent.length === 0) return lines;
  if (!absent.some(({ required }) => required)) {
    const useful = absent.map(({ name }) => packageOf(name, cuda)).join(' ');
    return [...lines, `- Not needed by every card, but useful: package ${useful} of NVIDIA's repository.`];
  }
  const names = [...new Set(absent.map(({ name }) => packageOf(name, cuda)))].join(' ');
  const cudnn = absent.some(({ name }) => name.startsWith('libcudnn'));
  const toolkit = absent.some(({ name }) => !name.startsWith('libcudnn'));
  const sources = [
    ...(toolkit ? [`the CUDA ${String(cuda)} toolkit`] : []),
    ...(cudnn ? [`cuDNN 9 for CUDA ${String(cuda)}`] : []),
  ];
  return [
    ...lines,
    `- Install ${sources.join(' and ')} from NVIDIA. On Debian and Ubuntu with NVIDIA's repository:`,
    `    apt-get install ${names}`,
    '  The same libraries out of Python wheels (nvidia/*/lib) do, too, when LD_LIBRARY_PATH names their folders.',
  ];
}

/** What a person can do about what is missing or too old; empty when there is nothing. */
export function advice({ version, libraries, driver }: CudaState): readonly string[] {
  const cuda = version ?? 12;
  return [...driverAdvice(driver, cuda), ...libraryAdvice(libraries, cuda)];
}
