/** Serves the development page of the window, with the demo's pictures; HOGNOSE_PHOTOS may name a folder of photographs. */

import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const root = import.meta.dirname;
const data = process.env.HOGNOSE_DEMO ?? resolve(root, '../../resources/demo/data');
const photos = process.env.HOGNOSE_PHOTOS ?? '';
const edge = 28;

/** A grey picture as an uncompressed BMP. */
function bitmap(grey: Uint8Array): Buffer {
  const header = 14 + 40 + 256 * 4;
  const file = Buffer.alloc(header + edge * edge);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(header, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(edge, 18);
  file.writeInt32LE(-edge, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8, 28);
  file.writeUInt32LE(256, 46);
  for (let entry = 0; entry < 256; entry += 1) file.fill(entry, 54 + entry * 4, 54 + entry * 4 + 3);
  file.set(grey, header);
  return file;
}

function pictures(): Plugin {
  return {
    name: 'pictures',
    async configureServer(server) {
      const images = gunzipSync(await readFile(join(data, 't10k-images-idx3-ubyte.gz'))).subarray(16);
      const labels = gunzipSync(await readFile(join(data, 't10k-labels-idx1-ubyte.gz'))).subarray(8);
      const names = photos === '' ? [] : (await readdir(photos)).filter((name) => /\.jpe?g$/i.test(name)).sort();
      server.middlewares.use('/labels', (_request, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify([...labels]));
      });
      server.middlewares.use('/picture', (request, response) => {
        const index = Number(request.url?.slice(1));
        const grey = images.subarray(index * edge * edge, (index + 1) * edge * edge);
        response.setHeader('content-type', 'image/bmp').setHeader('cache-control', 'max-age=3600').end(bitmap(grey));
      });
      server.middlewares.use('/photo', (request, response, next) => {
        const name = names[Number(request.url?.slice(1)) % names.length] ?? '';
        readFile(join(photos, name)).then((bytes) => response.setHeader('content-type', 'image/jpeg').end(bytes), next);
      });
    },
  };
}

export default defineConfig({
  root,
  plugins: [svelte(), pictures()],
  server: { port: 5199, strictPort: true },
});
