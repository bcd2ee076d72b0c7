/** The application: puts window, protocol, calls and workspace together. */

import { join } from 'node:path';

import { app, type BrowserWindow, dialog, Menu, nativeTheme, session } from 'electron';

import { AppError, type ErrorData, toAppError } from '../shared/errors.js';
import type { ProviderInfo } from '../shared/provider.js';
import { callsOn } from './calls/calls.js';
import { type Errand, readErrand } from './command-line.js';
import { dataProcesses } from './data/data-processes.js';
import { dataStarter } from './data/messages.js';
import { type EngineHost, hostEngine } from './engine/host.js';
import { engineStarter } from './engine/messages.js';
import { chooseProvider } from './engine/provider.js';
import { sendEvent, serveCalls } from './ipc.js';
import { forkElectron } from './processes/fork-electron.js';
import { printPdf, printPdfAndExit } from './pdf.js';
import { registerScheme, serveProtocol } from './protocol.js';
import { RecentProjects } from './recent.js';
import { rememberProjects } from './remember-projects.js';
import { hardenProcess, hardenSession, isOwnAddress } from './security.js';
import { SettingsStore } from './settings.js';
import { electronSystem } from './system-electron.js';
import { focusWindow, openWindow } from './window.js';
import { Workspace } from './workspace.js';

const out = join(import.meta.dirname, '..');
/** The embedded demo: beside the packaged application, or in the checkout. */
const demoFolder = app.isPackaged ? join(process.resourcesPath, 'demo') : join(out, '../resources/demo');

type WindowErrand = Extract<Errand, { kind: 'window' }>;

/** Does what the command line asks for; a project that cannot be opened is told in the window. */
async function openAsAsked(workspace: Workspace, { open, demo }: WindowErrand): Promise<void> {
  if (open !== null) await workspace.openProject(open);
  else if (demo) await workspace.openDemo();
}

async function start(errand: WindowErrand): Promise<void> {
  await app.whenReady();
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null);
  const profile = app.getPath('userData');
  const [settings, recent] = await Promise.all([SettingsStore.open(profile), RecentProjects.open(profile)]);
  nativeTheme.themeSource = settings.current.theme;

  let window: BrowserWindow | null = null;
  const theWindow = (): BrowserWindow => {
    if (window === null) throw new AppError('INTERNAL', 'The window is not open yet.');
    return window;
  };
  const tellNotice = (notice: ErrorData): void => {
    if (window !== null) sendEvent(window.webContents, 'notice', notice);
  };
  const tellTrouble = (error: AppError): void => {
    tellNotice(error.toData());
  };

  const chosen = chooseProvider(settings.current.provider);
  const engine = hostEngine(
    engineStarter(forkElectron, join(import.meta.dirname, 'worker.cjs'), settings.current),
    tellNotice,
  );
  const workspace = new Workspace({
    data: dataProcesses(dataStarter(forkElectron, join(import.meta.dirname, 'data.cjs'))),
    engine,
    demoFolder,
    projectsFolder: join(profile, 'projects'),
    settings: () => settings.current,
    printPdf,
    version: app.getVersion(),
  });

  workspace.on((event, payload) => {
    if (window !== null) sendEvent(window.webContents, event, payload);
  });
  rememberProjects(workspace, recent, tellTrouble);
  surviveTrouble(tellTrouble);

  hardenSession(session.defaultSession, isOwnAddress);
  serveProtocol(session.defaultSession, join(out, 'renderer'), (request) => workspace.picture(request));
  const provider = (): ProviderInfo => engine.provider ?? chosen;
  const system = electronSystem(theWindow);
  serveCalls(callsOn({ workspace, settings, recent, system, provider, version: app.getVersion() }));

  window = await openWindow(join(out, 'preload/preload.cjs'));
  if (errand.devTools && !app.isPackaged) window.webContents.openDevTools();
  window.once('closed', () => {
    window = null;
  });
  endInOrder(workspace, engine);
  app.on('second-instance', (_event, words, cwd) => {
    const next = readErrand(words.slice(1), app.getAppPath(), cwd);
    focusWindow(theWindow());
    if (next.kind === 'window') openAsAsked(workspace, next).catch((error: unknown) => tellTrouble(toAppError(error)));
  });
  await openAsAsked(workspace, errand).catch((error: unknown) => {
    tellTrouble(toAppError(error));
  });
  workspace.prepare();
}

/** An error that nobody caught goes to the log and the window; Electron's own dialog would stop everything until it is closed. */
function surviveTrouble(tell: (error: AppError) => void): void {
  const note = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    tell(toAppError(error));
  };
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
}

/** Closes the project and ends the engine before the process goes. */
function endInOrder(workspace: Workspace, engine: EngineHost): void {
  let ending = false;
  app.on('window-all-closed', () => {
    app.quit();
  });
  app.on('will-quit', (event) => {
    if (ending) return;
    ending = true;
    event.preventDefault();
    void workspace
      .close()
      .then(() => engine.close())
      .catch((error: unknown) => process.stderr.write(`${toAppError(error).message}\n`))
      .finally(() => {
        // Not within this very event: Electron would take it for part of the quitting that was just put off.
        setImmediate(() => {
          app.quit();
        });
      });
  });
}

const errand = readErrand(process.argv.slice(1), app.getAppPath(), process.cwd());
hardenProcess();
registerScheme();
if (errand.kind === 'print-pdf') {
  void printPdfAndExit(errand.html, errand.pdf);
} else if (app.requestSingleInstanceLock()) {
  start(errand).catch((error: unknown) => {
    dialog.showErrorBox('Hognose cannot start', toAppError(error).message);
    app.exit(1);
  });
} else {
  app.quit();
}
