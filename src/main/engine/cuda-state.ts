/** What of CUDA is on this machine: the provider's library, the libraries that it needs, the driver. Loads none of them. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type DynamicSection, readDynamicSection } from './elf.js';
import { LoaderPath } from './loader-path.js';

/** A library of NVIDIA's that the provider needs. */
export interface CudaLibrary {
  readonly name: string;
  /** Where the loader finds it; null when it does not. */
  readonly path: string | null;
  /** Where it lies although the loader does not look there; null when nowhere known. */
  readonly elsewhere: string | null;
  /** False for what is only used now and then. */
  readonly required: boolean;
}

export interface CudaState {
  readonly platform: NodeJS.Platform;
  /** Folder with ONNX Runtime's library, beside which the provider's belong; null where there is none for CUDA. */
  readonly folder: string | null;
  /** `missing`, `damaged` when it cannot be read, else `installed`. */
  readonly provider: 'missing' | 'damaged' | 'installed';
  /** Major version of CUDA that the installed provider was built for; null when that is not known. */
  readonly version: number | null;
  /** What the installed provider needs, without the driver's library. */
  readonly libraries: readonly CudaLibrary[];
  /** Major versions of CUDA whose runtime library is on this machine. */
  readonly toolkits: readonly number[];
  readonly driver: {
    /** Where the loader finds the driver's library; null when it does not. */
    readonly library: string | null;
    /** Whether the driver runs, which it does only where there is a card. */
    readonly running: boolean;
    /** Such as `580.65.06`; null when it does not tell. */
    readonly version: string | null;
  };
}

/** Where to look. */
export interface CudaPlaces {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** What the system's paths lie under. */
  readonly root: string;
  /** As in `LD_LIBRARY_PATH`. */
  readonly libraryPath: string;
  /** Folder of the package onnxruntime-node. */
  readonly runtimePackage: string;
}

/** The provider is loaded through the second library, which is needed as well. */
const providerLibraries = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'] as const;

export const driverLibrary = 'libcuda.so.1';

/**
 * Opened by the provider when it meets the first operator that needs it, so it is not among those it is linked with. Every
 * file has one: the convolution that projects the patches. Either name is found. cuDNN in turn compiles some of its kernels
 * when they are needed, by libnvrtc.
 */
const cudnn = { name: 'libcudnn.so.9', otherName: 'libcudnn.so' } as const;

/** Versions of CUDA that ONNX Runtime has providers for. */
const knownVersions = [12, 13] as const;

/** This machine. */
function thisMachine(): CudaPlaces {
  const file = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return {
    platform: process.platform,
    arch: process.arch,
    root: '/',
    libraryPath: process.env.LD_LIBRARY_PATH ?? '',
    // In a packaged application libraries lie beside the archive, not in it.
    runtimePackage: dirname(file).replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked'),
  };
}

function foldersIn(folder: string, name: RegExp): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((entry) => name.test(entry))
      .map((entry) => join(folder, entry));
  } catch {
    return [];
  }
}

/** The folder of the runtime's library, for the only system that ONNX Runtime has a CUDA provider for in its package. */
function runtimeFolder({ platform, arch, runtimePackage }: CudaPlaces): string | null {
  if (platform !== 'linux' || arch !== 'x64') return null;
  const [bindings] = foldersIn(join(runtimePackage, 'bin'), /^napi-v\d+$/);
  return bindings === undefined ? null : join(bindings, platform, arch);
}

/** Null when the library is cut off or no library. */
function needsOf(path: string): DynamicSection | null {
  try {
    return readDynamicSection(path);
  } catch {
    return null;
  }
}

function driverState(root: string, loader: LoaderPath): CudaState['driver'] {
  const versionFile = join(root, 'proc/driver/nvidia/version');
  // The last is what Windows gives to its Linux subsystem.
  const signs = [versionFile, join(root, 'dev/nvidiactl'), join(root, 'dev/dxg')];
  const text = existsSync(versionFile) ? readFileSync(versionFile, 'utf8') : '';
  return {
    library: loader.find(driverLibrary),
    running: signs.some((sign) => existsSync(sign)),
    version: /Kernel Module(?: for x86_64)?\s+(\d[\d.]*)/.exec(text)?.[1] ?? null,
  };
}

/** Folders where the CUDA toolkit puts its libraries, whether or not the loader was told of them. */
function toolkitFolders(root: string): readonly string[] {
  return foldersIn(join(root, 'usr/local'), /^cuda/).flatMap((folder) => [
    join(folder, 'lib64'),
    join(folder, 'targets/x86_64-linux/lib'),
  ]);
}

/** Looks for the libraries of NVIDIA on one machine. */
class Libraries {
  readonly #loader: LoaderPath;
  readonly #toolkits: readonly string[];

  constructor(loader: LoaderPath, root: string) {
    this.#loader = loader;
    this.#toolkits = toolkitFolders(root);
  }

  /** @param own folders that the library which needs it names besides the system's */
  find(name: string, required: boolean, own: readonly string[] = []): CudaLibrary {
    const elsewhere = this.#toolkits.map((folder) => join(folder, name)).find((path) => existsSync(path));
    return { name, path: this.#loader.find(name, own), elsewhere: elsewhere ?? null, required };
  }

  isHere(name: string): boolean {
    const { path, elsewhere } = this.find(name, false);
    return path !== null || elsewhere !== null;
  }
}

/** What the provider needs of NVIDIA, without the driver. */
function librariesOf(
  { needed, runpath }: DynamicSection,
  version: number | null,
  { libraries, folder }: { readonly libraries: Libraries; readonly folder: string },
): readonly CudaLibrary[] {
  const own = runpath.map((place) => place.replace(/\$ORIGIN|\$\{ORIGIN\}/, folder));
  // What NVIDIA does not ship, every system has.
  const linked = needed.filter((name) => /^lib(?:cu|nv)/.test(name) && name !== driverLibrary && name !== cudnn.name);
  const found = linked.map((name) => libraries.find(name, true, own));
  const opened = libraries.find(cudnn.name, true, own);
  const { path } = libraries.find(cudnn.otherName, true, own);
  const compiler = version === null ? [] : [libraries.find(`libnvrtc.so.${String(version)}`, false, own)];
  return [...found, { ...opened, path: opened.path ?? path }, ...compiler];
}

function versionOf({ needed }: DynamicSection): number | null {
  const [version] = needed.flatMap((name) => /^lib(?:cudart|cublas)\.so\.(\d+)$/.exec(name)?.[1] ?? []);
  return version === undefined ? null : Number(version);
}

/** Looks around; takes a few milliseconds. */
export function cudaState(places: CudaPlaces = thisMachine()): CudaState {
  const { platform, root, libraryPath } = places;
  const folder = runtimeFolder(places);
  const loader = new LoaderPath(root, libraryPath);
  const libraries = new Libraries(loader, root);
  const toolkits = knownVersions.filter((version) => libraries.isHere(`libcudart.so.${String(version)}`));
  const nothing = { platform, folder, version: null, libraries: [], toolkits, driver: driverState(root, loader) };
  if (folder === null || !providerLibraries.every((name) => existsSync(join(folder, name)))) {
    return { ...nothing, provider: 'missing' };
  }
  const needs = needsOf(join(folder, providerLibraries[0]));
  if (needs === null) return { ...nothing, provider: 'damaged' };
  const version = versionOf(needs);
  return {
    ...nothing,
    provider: 'installed',
    version,
    libraries: librariesOf(needs, version, { libraries, folder }),
  };
}
