/** The application's one window: where it stands, how it looks before the page is there. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { app, BrowserWindow, nativeTheme, type Rectangle, screen } from 'electron';
import * as v from 'valibot';

import { applicationOrigin } from './protocol.js';

const minimum = { width: 1000, height: 700 };
const usual = { width: 1440, height: 900 };

const placeSchema = v.object({
  x: v.number(),
  y: v.number(),
  width: v.number(),
  height: v.number(),
  maximized: v.boolean(),
});
type Place = v.InferOutput<typeof placeSchema>;

/** The page's background in both themes, so that nothing flashes before it is drawn. */
function background(): string {
  return nativeTheme.shouldUseDarkColors ? '#0f1011' : '#eeeeec';
}

function placeFile(): string {
  return join(app.getPath('userData'), 'window.json');
}

/** Where the window stood last time, if that is still on a screen. */
function lastPlace(): Place | null {
  try {
    const place = v.parse(placeSchema, JSON.parse(readFileSync(placeFile(), 'utf8')));
    return screen.getAllDisplays().some((display) => overlaps(display.workArea, place)) ? place : null;
  } catch {
    return null;
  }
}

function overlaps(area: Rectangle, place: Place): boolean {
  const width = Math.min(area.x + area.width, place.x + place.width) - Math.max(area.x, place.x);
  const height = Math.min(area.y + area.height, place.y + place.height) - Math.max(area.y, place.y);
  return width >= 100 && height >= 100;
}

function rememberPlace(window: BrowserWindow): void {
  const place: Place = { ...window.getNormalBounds(), maximized: window.isMaximized() };
  try {
    writeFileSync(placeFile(), `${JSON.stringify(place)}\n`);
  } catch {
    // Only comfort is lost: the next start opens in the usual place.
  }
}

/** Opens the window; it shows itself when the page has been drawn once. */
export async function openWindow(preload: string): Promise<BrowserWindow> {
  const place = lastPlace();
  const window = new BrowserWindow({
    ...usual,
    ...(place === null ? {} : { x: place.x, y: place.y, width: place.width, height: place.height }),
    minWidth: minimum.width,
    minHeight: minimum.height,
    show: false,
    title: 'Hognose',
    backgroundColor: background(),
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  });
  const recolour = (): void => {
    window.setBackgroundColor(background());
  };
  nativeTheme.on('updated', recolour);
  window.on('closed', () => {
    nativeTheme.off('updated', recolour);
  });
  window.on('close', () => {
    rememberPlace(window);
  });
  window.once('ready-to-show', () => {
    if (place?.maximized === true) window.maximize();
    window.show();
  });
  await window.loadURL(`${applicationOrigin}/index.html`);
  return window;
}

/** Brings the window to the front. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.focus();
}
