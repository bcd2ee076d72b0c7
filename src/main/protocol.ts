/** The `app://` protocol: the window's own files at `app://hognose`, pictures by id at `app://picture`; never a path of the disk. */

import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

import { protocol, type Session } from 'electron';

import { imageId } from '../shared/audit.js';
import { toAppError } from '../shared/errors.js';
import type { PictureSize } from '../shared/picture-address.js';
import type { Picture } from './engine/engine.js';
import type { PictureRequest } from './workspace.js';

export const applicationOrigin = 'app://hognose';

/** Finds a picture; rejects with AppError. */
export type PictureProvider = (request: PictureRequest) => Promise<Picture & { readonly tag?: string | undefined }>;

/**
 * What the window's page may do: run its own scripts, style itself, show its own pictures. Nothing else is loaded,
 * embedded or connected to.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' app://picture",
  "font-src 'self'",
  "connect-src 'self' app://picture",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html',
].join('; ');

const mimeTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Must run before the application is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true } },
  ]);
}

/** Whether an address belongs to the application's own page. */
export function isApplicationUrl(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === 'app:' && url.host === 'hognose';
}

/** Answers `app://` in a session: files of `rendererFolder`, pictures from `pictures`. */
export function serveProtocol(session: Session, rendererFolder: string, pictures: PictureProvider): void {
  session.protocol.handle('app', async (request) => {
    const url = new URL(request.url);
    if (request.method !== 'GET') return refusal(405, 'Only GET is answered.');
    if (url.host === 'hognose') return serveFile(rendererFolder, url);
    if (url.host === 'picture') return servePicture(pictures, url, request.headers.get('if-none-match'));
    return refusal(404, 'There is no such host.');
  });
}

async function serveFile(folder: string, url: URL): Promise<Response> {
  const name = url.pathname === '/' ? '/index.html' : url.pathname;
  const mime = mimeTypes[extname(name)];
  // Only plain names: what the bundler emits needs no escapes, and nothing else can leave the folder.
  if (mime === undefined || !/^(\/[\w-][\w.-]*)+$/.test(name)) return refusal(404, 'There is no such file.');
  try {
    const bytes = await readFile(join(folder, name));
    return new Response(bytes, {
      headers: {
        'Content-Type': mime,
        'Content-Security-Policy': contentSecurityPolicy,
        'X-Content-Type-Options': 'nosniff',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Referrer-Policy': 'no-referrer',
      },
    });
  } catch {
    return refusal(404, 'There is no such file.');
  }
}

/** The picture an address names: `/image/ID/SIZE` or `/new audit/INDEX/SIZE`; null for any other path. */
function parsePicturePath(path: string): PictureRequest | null {
  const image = /^\/image\/(0|[1-9]\d{0,9})\/(thumb|large|full|model)$/.exec(path);
  if (image !== null) return { kind: 'image', id: imageId(Number(image[1])), size: image[2] as PictureSize };
  const newAudit = /^\/newAudit\/(0|[1-9]\d{0,9})\/(thumb|model)$/.exec(path);
  return newAudit === null
    ? null
    : { kind: 'newAudit', index: Number(newAudit[1]), size: newAudit[2] === 'model' ? 'model' : 'thumb' };
}

async function servePicture(pictures: PictureProvider, url: URL, knownTag: string | null): Promise<Response> {
  const request = parsePicturePath(url.pathname);
  if (request === null) return refusal(400, 'This is no address of a picture.');
  try {
    const picture = await pictures(request);
    const headers = pictureHeaders(url, picture.tag);
    if (picture.tag !== undefined && knownTag === headers.get('ETag'))
      return new Response(null, { status: 304, headers });
    headers.set('Content-Type', picture.mime);
    return new Response(picture.bytes.slice(), { headers });
  } catch (error) {
    const { code, message } = toAppError(error);
    return refusal(code === 'IMAGE_NOT_FOUND' || code === 'NO_PROJECT' ? 404 : 422, message);
  }
}

/**
 * Ids begin anew in every project, so an address alone may not be kept; one that carries a version (`?v=`, given by the
 * window for the time a project is open) never changes its picture.
 */
function pictureHeaders(url: URL, tag: string | undefined): Headers {
  const headers = new Headers({
    'Access-Control-Allow-Origin': applicationOrigin,
    'Cache-Control': url.searchParams.has('v') ? 'private, max-age=31536000, immutable' : 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  if (tag !== undefined) headers.set('ETag', `"${tag}"`);
  return headers;
}

function refusal(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}
