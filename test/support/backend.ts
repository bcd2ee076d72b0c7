/** The main process without Electron: the real workspace behind the real calls, on an engine, a folder and dialogs of the test. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { answer } from '../../src/main/calls/answer.js';
import { callsOn } from '../../src/main/calls/calls.js';
import type { Calls } from '../../src/main/calls/context.js';
import type { Data } from '../../src/main/data/data.js';
import { dataHere } from '../../src/main/data/data-here.js';
import { inThisProcess } from '../../src/main/data/in-this-process.js';
import { openProject } from '../../src/main/data/opening.js';
import { inSlices } from '../../src/main/data/slices.js';
import type { Engine } from '../../src/main/engine/engine.js';
import type { Project } from '../../src/main/project/project.js';
import { RecentProjects } from '../../src/main/recent.js';
import { rememberProjects } from '../../src/main/remember-projects.js';
import { SettingsStore } from '../../src/main/settings.js';
import { Workspace } from '../../src/main/workspace.js';
import { Client } from '../../src/renderer/state/client.js';
import type { Bridge, CallReply } from '../../src/shared/bridge.js';
import type { CallInput, CallName } from '../../src/shared/calls/calls.js';
import type { EventName, Events } from '../../src/shared/events.js';
import type { ProviderInfo } from '../../src/shared/provider.js';
import type { Settings } from '../../src/shared/settings.js';
import { FakeSystem } from './fake-system.js';

const root = join(import.meta.dirname, '../..');

export interface BackendOptions {
  readonly engine: Engine;
  /** Where settings, recent projects and new projects are kept. */
  readonly folder: string;
  /** By default the one of the application. */
  readonly demoFolder?: string;
  /** Settings that differ from those in the folder. */
  readonly settings?: Partial<Settings>;
  readonly provider?: ProviderInfo;
  /** Where projects are opened; by default in this process. */
  readonly data?: Data;
}

/** What the window would reach over the bridge, and what the test has at hand beside it. */
export class Backend implements Bridge {
  readonly workspace: Workspace;
  readonly system = new FakeSystem();
  /** The same as the window calls it: values, or AppErrors thrown. */
  readonly client = new Client(this);
  readonly #calls: Calls;
  #project: Project | null = null;

  private constructor(
    { engine, folder, demoFolder = join(root, 'resources/demo'), provider, data }: BackendOptions,
    settings: SettingsStore,
    recent: RecentProjects,
  ) {
    this.workspace = new Workspace({
      data: data ?? this.#dataHere(),
      engine,
      demoFolder,
      projectsFolder: folder,
      settings: () => settings.current,
      printPdf: (_, pdf) => writeFile(pdf, '%PDF-'),
      version: '0.0.0',
    });
    rememberProjects(this.workspace, recent, (error) => this.workspace.tell('notice', error.toData()));
    this.#calls = callsOn({
      workspace: this.workspace,
      settings,
      recent,
      system: this.system,
      provider: () => provider ?? { name: 'CPU', note: 'No CUDA device was found.' },
      version: '0.0.0',
    });
  }

  static async start(options: BackendOptions): Promise<Backend> {
    const { folder, settings } = options;
    const [store, recent] = await Promise.all([SettingsStore.open(folder), RecentProjects.open(folder)]);
    if (settings !== undefined) await store.change(settings);
    return new Backend(options, store, recent);
  }

  /** Values are copied both ways, as between processes. */
  async call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallReply<N>> {
    return structuredClone(await answer(this.#calls, name, structuredClone(input)));
  }

  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
    return this.workspace.on((told, payload) => {
      // One of the pairs of Events; which one, the name tells.
      const name: EventName = told;
      if (name === event) listener(structuredClone(payload) as Events[E]);
    });
  }

  /** The open project itself, where it is open in this process: what is kept of it, without waiting. */
  get project(): Project {
    if (this.#project === null) throw new Error('No project was opened in this process.');
    return this.#project;
  }

  #dataHere(): Data {
    return {
      ...dataHere,
      open: async (opening, options = {}) => {
        this.#project = await inSlices(openProject(opening), options);
        return inThisProcess(this.#project);
      },
    };
  }

  /** Ends all work; the engine is the test's. */
  close(): Promise<void> {
    return this.workspace.close();
  }
}
