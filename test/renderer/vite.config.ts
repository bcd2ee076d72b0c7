/** Serves the development page of the window and the main process behind it, with the demo's pictures; HOGNOSE_PHOTOS may name a folder of photographs. */

import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

import type { Started } from '../support/made-up-backend.js';
import { numberOf, startAsAsked } from './served-backend.js';
import { callPath, eventPath, fromText, picturePath, type Sent, startPath, toText } from './wire.js';

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

/** The demo's images, and photographs where the page asks for them. */
async function openPictures() {
  const images = gunzipSync(await readFile(join(data, 't10k-images-idx3-ubyte.gz'))).subarray(16);
  const labels = gunzipSync(await readFile(join(data, 't10k-labels-idx1-ubyte.gz'))).subarray(8);
  const names = photos === '' ? [] : (await readdir(photos)).filter((name) => /\.jpe?g$/i.test(name)).sort();
  return {
    labels: [...labels],
    grey: (at: number) => bitmap(images.subarray(at * edge * edge, (at + 1) * edge * edge)),
    photo: (at: number) => readFile(join(photos, names[at % names.length] ?? '')),
  };
}

function backend(): Plugin {
  return {
    name: 'backend',
    async configureServer({ middlewares, httpServer }) {
      const pictures = await openPictures();
      let started: Promise<Started> | null = null;
      let query = new URLSearchParams();
      /** Answers with what `work` gives; what it throws is an error in the page's console. */
      const reply = (response: ServerResponse, mime: string, work: () => Promise<string | Buffer>): void => {
        work().then(
          (body) => response.setHeader('content-type', mime).end(body),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
      };
      const running = (): Promise<Started> => started ?? Promise.reject(new Error('The page has not begun.'));
      httpServer?.once('close', () => void started?.then(({ close }) => close()));
      middlewares.use(startPath, (request, response) => {
        reply(response, 'text/plain', async () => {
          await (await started)?.close();
          query = new URL(request.url ?? '', 'http://localhost').searchParams;
          started = startAsAsked(query, pictures.labels);
          return (await started).project;
        });
      });
      middlewares.use(callPath, (request, response) => {
        reply(response, 'text/plain', async () => {
          const { name, value } = fromText(await text(request)) as Sent<never>;
          return toText(await (await running()).backend.call(name, value as never));
        });
      });
      middlewares.use(eventPath, (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        void running().then(({ backend: { workspace } }) => {
          const stop = workspace.on((name, value) => response.write(`data: ${toText({ name, value })}\n\n`));
          response.on('close', stop);
        });
      });
      middlewares.use(picturePath, (request, response) => {
        const isPhoto = query.has('photos') && photos !== '';
        reply(response, isPhoto ? 'image/jpeg' : 'image/bmp', async () => {
          const at = await numberOf(await running(), request.url?.slice(1) ?? '');
          return isPhoto ? pictures.photo(at) : pictures.grey(at);
        });
      });
    },
  };
}

export default defineConfig({
  root,
  plugins: [svelte(), backend()],
  server: { port: 5199, strictPort: true },
});
