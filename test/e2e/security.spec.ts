/** What the window must not be able to do, one test each, on the real application. */

import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';

import type { ElectronApplication, Page } from '@playwright/test';

import { expect, projectRoot, test } from '../support/app.js';

/** Fetches in the window's session from the main process: past the page's content security policy. */
function fetchInSession(
  app: ElectronApplication,
  address: string,
): Promise<{ status: number; csp: string | null; text: string }> {
  return app.evaluate(async ({ session }, url) => {
    const reply = await session.defaultSession.fetch(url);
    return { status: reply.status, csp: reply.headers.get('content-security-policy'), text: await reply.text() };
  }, address);
}

/** A server that only counts who comes. */
async function countingServer(): Promise<{ server: Server; address: string; visits: () => number }> {
  let visits = 0;
  const server = createServer((_request, response) => {
    visits++;
    response.end('here');
  });
  server.on('connection', () => visits++);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return { server, address: `http://127.0.0.1:${port}/`, visits: () => visits };
}

test('the window is sandboxed and has no Node', async ({ app, window }) => {
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    const { sandbox, nodeIntegration, webviewTag, webSecurity } = contents.getLastWebPreferences();
    return { sandbox, nodeIntegration, webviewTag, webSecurity };
  });
  expect(preferences).toMatchObject({ sandbox: true, nodeIntegration: false });
  expect(preferences.webviewTag).not.toBe(true);
  expect(preferences.webSecurity).not.toBe(false);
  expect(
    await window.evaluate(() => [typeof globalThis['require' as never], typeof globalThis['process' as never]]),
  ).toEqual(['undefined', 'undefined']);
});

test('the page is isolated from the preload script and sees two functions of it', async ({ app, window }) => {
  const isolated = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): { contextIsolation?: boolean };
    };
    return contents.getLastWebPreferences().contextIsolation;
  });
  expect(isolated).toBe(true);
  const bridge = await window.evaluate(() => {
    const hognose = globalThis['hognose' as never] as Record<string, unknown>;
    Array.prototype.join = () => 'overwritten by the page';
    try {
      hognose.call = () => 'replaced by the page';
    } catch {
      // Read-only, as it should be.
    }
    return { keys: Object.keys(hognose).sort(), call: String(hognose.call) };
  });
  expect(bridge.keys).toEqual(['call', 'on']);
  expect(bridge.call).not.toContain('replaced');
});

/** Calls over the bridge with whatever one likes. */
function callAnything(window: Page, name: unknown, input: unknown): Promise<unknown> {
  return window.evaluate(
    ([callName, callInput]) => {
      const { call } = globalThis['hognose' as never] as { call: (name: unknown, input: unknown) => Promise<unknown> };
      return call(callName, callInput);
    },
    [name, input],
  );
}

test('a call with a wrong name or a wrong input is refused', async ({ window }) => {
  const refused = { ok: false, error: { code: 'REFUSED' } };
  expect(await callAnything(window, 'app.info', undefined)).toMatchObject({ ok: true });
  for (const [name, input] of [
    ['app.quit', undefined],
    ['toString', undefined],
    ['__proto__', undefined],
    [null, undefined],
    ['app.info', { extra: 1 }],
    ['image.detail', { id: -1 }],
    ['image.detail', { id: '1; DROP TABLE images' }],
    ['image.detail', { id: 1.5 }],
    ['newAudit.pick', { what: '/etc/passwd' }],
    ['settings.set', { theme: 'pink' }],
  ]) {
    expect(await callAnything(window, name, input), JSON.stringify([name, input])).toMatchObject(refused);
  }
});

test('a page that is not the application may not call, even with the preload script', async ({ app, window }) => {
  await expect(window.locator('body')).toBeVisible();
  const reply = await app.evaluate(
    async ({ BrowserWindow }, preload) => {
      const stranger = new BrowserWindow({
        show: false,
        webPreferences: { preload, sandbox: true, partition: 'stranger' },
      });
      await stranger.loadURL('data:text/html,<p>stranger');
      const answer: unknown = await stranger.webContents.executeJavaScript(
        "window.hognose.call('app.info', undefined)",
      );
      stranger.destroy();
      return answer;
    },
    join(projectRoot, 'out/preload/preload.cjs'),
  );
  expect(reply).toMatchObject({ ok: false, error: { code: 'REFUSED', message: 'This page may not call Hognose.' } });
});

test('app:// gives out files of the window and pictures by id, nothing else', async ({ app, window }) => {
  await expect(window.locator('body')).toBeVisible();
  expect((await fetchInSession(app, 'app://hognose/index.html')).status).toBe(200);
  for (const address of [
    'app://hognose/../main/app.cjs',
    'app://hognose/..%2fmain%2fapp.cjs',
    'app://hognose/%2e%2e/%2e%2e/package.json',
    'app://hognose/assets/..%2f..%2f..%2fpackage.json',
    'app://hognose/assets/..%5c..%5cpackage.json',
    'app://hognose/..%2f..%2fresources%2ficons%2ficon.svg',
    'app://hognose/../../resources/icons/icon.svg',
    'app://hognose//etc/passwd',
    'app://elsewhere/index.html',
  ]) {
    expect((await fetchInSession(app, address)).status, address).toBe(404);
  }
  for (const path of [
    'image/1',
    'image/-1/thumb',
    'image/1e3/thumb',
    'image/1/huge',
    'image/..%2f1/thumb',
    'etc/passwd',
  ]) {
    expect((await fetchInSession(app, `app://picture/${path}`)).status, path).toBe(400);
  }
  expect((await fetchInSession(app, 'app://picture/image/1/thumb')).status, 'no project is open').toBe(404);
});

test('the content security policy is strict and works', async ({ app, window }) => {
  const { csp } = await fetchInSession(app, 'app://hognose/index.html');
  expect(csp?.split('; ')).toEqual([
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
  ]);
  const outcome = await window.evaluate(() => {
    const attempt = (act: () => void): string => {
      try {
        act();
        return 'no error';
      } catch (error) {
        return (error as Error).name;
      }
    };
    const inline = attempt(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "inline script ran"';
      document.body.append(script);
    });
    const html = attempt(() => {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title = 1">');
    });
    return { inline, html, title: document.title };
  });
  expect(outcome).toEqual({ inline: 'TypeError', html: 'TypeError', title: 'Hognose' });
});

test('every permission is denied', async ({ window }) => {
  const answers = await window.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'] as PermissionName[];
    const states = await Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    const media = await navigator.mediaDevices.getUserMedia({ video: true }).then(
      () => 'granted',
      (error: unknown) => (error as Error).name,
    );
    return { states, media, notification: await Notification.requestPermission() };
  });
  expect(answers.states).toEqual(['denied', 'denied', 'denied', 'denied', 'denied']);
  expect(answers.notification).toBe('denied');
  expect(['NotAllowedError', 'NotFoundError']).toContain(answers.media);
});

test('the window cannot be led away and opens no other', async ({ app, window }) => {
  const { server, address, visits } = await countingServer();
  try {
    await app.evaluate(({ BrowserWindow }) => {
      const tried: string[] = [];
      Object.assign(globalThis, { tried });
      BrowserWindow.getAllWindows()[0]?.webContents.on('will-frame-navigate', (event) => {
        tried.push(`${event.defaultPrevented ? 'prevented' : 'allowed'} ${event.url}`);
      });
    });
    const opened = await window.evaluate((url) => globalThis.open(url) !== null, address);
    expect(opened).toBe(false);
    await window.evaluate((url) => {
      location.href = url;
    }, `${address}away`);
    const tried = (): Promise<string[]> => app.evaluate(() => globalThis['tried' as never] as string[]);
    await expect.poll(tried).toEqual([`prevented ${address}away`]);
    const windows = await app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((open) => open.webContents.getURL()),
    );
    expect(windows).toEqual(['app://hognose/index.html']);
    expect(visits()).toBe(0);
  } finally {
    server.close();
  }
});

test('nothing reaches the network, from the page or past it', async ({ app, window }) => {
  const { server, address, visits } = await countingServer();
  try {
    const fromPage = await window.evaluate(async (url) => {
      const asked = await fetch(url).then(
        () => 'answered',
        () => 'refused',
      );
      const image = await new Promise<string>((settle) => {
        const element = new Image();
        element.onload = () => {
          settle('loaded');
        };
        element.onerror = () => {
          settle('refused');
        };
        element.src = `${url}image.png`;
      });
      const socket = await new Promise<string>((settle) => {
        try {
          const web = new WebSocket(url.replace('http', 'ws'));
          web.onopen = () => {
            settle('open');
          };
          web.onerror = () => {
            settle('refused');
          };
        } catch {
          settle('refused');
        }
      });
      return [asked, image, socket];
    }, address);
    expect(fromPage).toEqual(['refused', 'refused', 'refused']);
    await expect(fetchInSession(app, address)).rejects.toThrow(/ERR_BLOCKED_BY_CLIENT/);
    const lookup = await app.evaluate(async ({ session }) =>
      session.defaultSession.resolveHost('localhost').then(
        () => 'found',
        (error: unknown) => String(error),
      ),
    );
    expect(lookup).toContain('ERR_NAME_NOT_RESOLVED');
    expect(visits()).toBe(0);
  } finally {
    server.close();
  }
});

/** Listens for datagrams and connections on one loopback port each, and counts what comes. */
async function listeners(): Promise<{ urls: string[]; arrivals: () => number; close: () => void }> {
  let arrived = 0;
  const datagrams = createSocket('udp4').on('message', () => arrived++);
  await new Promise<void>((ready) => datagrams.bind(0, '127.0.0.1', ready));
  const connections = createTcpServer((socket) => {
    arrived++;
    socket.destroy();
  });
  await new Promise<void>((ready) => connections.listen(0, '127.0.0.1', ready));
  const [udp, tcp] = [datagrams.address().port, (connections.address() as AddressInfo).port];
  return {
    urls: [
      `stun:127.0.0.1:${String(udp)}`,
      `turn:127.0.0.1:${String(udp)}?transport=udp`,
      `turn:127.0.0.1:${String(tcp)}?transport=tcp`,
      `turns:127.0.0.1:${String(tcp)}?transport=tcp`,
    ],
    arrivals: () => arrived,
    close: () => {
      datagrams.close();
      connections.close();
    },
  };
}

test('no peer connection gets out of the window, neither by datagrams nor by connections', async ({ window }) => {
  const { urls, arrivals, close } = await listeners();
  try {
    const candidates = await window.evaluate(async (addresses) => {
      const iceServers = addresses.map((address) => ({ urls: address, username: 'a', credential: 'b' }));
      const peer = new RTCPeerConnection({ iceServers });
      const found: string[] = [];
      const gathered = new Promise<void>((settle) => {
        peer.onicecandidate = ({ candidate }) => {
          if (candidate === null) settle();
          else found.push(candidate.candidate);
        };
      });
      peer.createDataChannel('way out');
      await peer.setLocalDescription(await peer.createOffer());
      await gathered;
      peer.close();
      return found.filter((candidate) => candidate !== '');
    }, urls);
    expect.soft(candidates).toEqual([]);
    expect(arrivals()).toBe(0);
  } finally {
    close();
  }
});
