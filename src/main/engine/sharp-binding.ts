/** Loads sharp with the binding that suits the process: WebAssembly inside Electron on Linux, native everywhere else. */

import { createRequire, Module } from 'node:module';

import type Sharp from 'sharp';

const load = createRequire(import.meta.url);

/** Packages that hold the native binding sharp would take on Linux. */
const linuxBindings = [`@img/sharp-linux-${process.arch}`, `@img/sharp-linuxmusl-${process.arch}`];

/**
 * Makes sharp find its native bindings empty, so that it falls back on `@img/sharp-wasm32` by itself. Native libvips
 * brings its own GLib, which collides with the one Chromium has loaded.
 */
function hideNativeBindings(): void {
  const fromSharp = createRequire(load.resolve('sharp'));
  for (const name of linuxBindings) {
    let path: string;
    try {
      path = fromSharp.resolve(`${name}/sharp.node`);
    } catch {
      continue; // Not installed: nothing to hide.
    }
    const empty = new Module(path);
    empty.exports = null;
    empty.loaded = true;
    load.cache[path] = empty;
  }
}

/** Loads sharp. A static import would run before the choice of the binding, since bundlers hoist it. */
export function loadSharp(): typeof Sharp {
  if (process.platform === 'linux' && 'electron' in process.versions) hideNativeBindings();
  return load('sharp') as typeof Sharp;
}
