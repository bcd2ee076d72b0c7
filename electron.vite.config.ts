/** How the three processes are bundled: main and preload as CommonJS for Node 20.18 and later, the renderer for Chromium 130 and later. */

import { resolve } from 'node:path';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

const root = import.meta.dirname;

/** Packages with native parts or whole WebAssembly files: loaded from node_modules, never bundled. */
const native = [
  /^electron($|\/)/,
  /^better-sqlite3($|\/)/,
  /^sharp($|\/)/,
  /^@img\//,
  /^@resvg\//,
  /^onnxruntime-node($|\/)/,
];

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      outDir: resolve(root, 'out/main'),
      target: 'node20.18',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        external: native,
        input: {
          app: resolve(root, 'src/main/app.ts'),
          worker: resolve(root, 'src/main/engine/worker.ts'),
          data: resolve(root, 'src/main/data/worker.ts'),
          sheet: resolve(root, 'src/main/sheet/thread.ts'),
          cli: resolve(root, 'src/main/cli.ts'),
        },
        // Shared chunks lie beside the entries, so that import.meta.dirname is out/main everywhere.
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      outDir: resolve(root, 'out/preload'),
      target: 'node20.18',
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        external: native,
        input: { preload: resolve(root, 'src/main/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    plugins: [svelte({ configFile: resolve(root, 'svelte.config.js') })],
    build: {
      outDir: resolve(root, 'out/renderer'),
      target: 'chrome130',
      // Half of what the window reads at its start.
      minify: true,
      // Kilobytes: one file from the disk is read sooner than several.
      chunkSizeWarningLimit: 1000,
      sourcemap: false,
      modulePreload: { polyfill: false },
      // Everything in files: the content security policy forbids data: scripts and inline code.
      assetsInlineLimit: 0,
      rolldownOptions: { input: { index: resolve(root, 'src/renderer/index.html') } },
    },
  },
});
