/** The main process on made-up images: a dataset of tiny files, a project of them, and an engine that makes everything up. */

import { accessSync, constants, statfsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dataHere } from '../../src/main/data/data-here.js';
import { tisParameters } from '../../src/main/audit/tis-parameters.js';
import { NewAudit } from '../../src/main/new-audit/new-audit.js';
import type { ModelSummary } from '../../src/shared/model.js';
import type { Settings } from '../../src/shared/settings.js';
import { Backend } from './backend.js';
import { FakeEngine, type FakeEngineOptions } from './fake-engine.js';
import { demoSummary, distilledSummary, elaborateSummary, vitBaseSummary } from './fake-models.js';
import { WatchedBridge } from './watched-bridge.js';

export interface StartOptions extends Omit<FakeEngineOptions, 'models'> {
  /** Names of the labels. */
  readonly names: readonly string[];
  /** Names of the classes of every model; by default the labels'. */
  readonly classes?: readonly string[];
  /** Label of each image, by its place among the names. */
  readonly labels: readonly number[];
  /** Share of the images that are predicted at the start; the others wait until predicting is asked for. */
  readonly predicted?: number;
  readonly settings?: Partial<Settings>;
  /** Name of the project's model: that of one of {@link models}. */
  readonly model?: string;
}

/** The main process with its files, and the bridge to it. */
export interface Started {
  readonly backend: Backend;
  readonly bridge: WatchedBridge;
  readonly engine: FakeEngine;
  /** The images in a folder for each label. */
  readonly dataset: string;
  readonly project: string;
  /** Ends everything, and takes the files away. */
  readonly close: () => Promise<void>;
}

/** Bytes that several tests at once may write. */
const room = 512 * 2 ** 20;

/** In memory where there is a folder with room for it: nothing here has to survive, and waiting for the disk is most of a test's time. */
function temporaryPlace(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= room ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}
const temporary = temporaryPlace();

const datasetName = 'fashion';

/** The demo's model, and others that are built differently. */
function models(classes: readonly string[]): readonly ModelSummary[] {
  return [demoSummary(classes, 14), vitBaseSummary(classes), elaborateSummary(classes), distilledSummary(classes)];
}

const imagePath = (label: string, at: number): string => join(label, `${String(at)}.png`);

/** Writes a tiny file for each image; no two are alike. */
async function writeDataset(folder: string, { names, labels }: StartOptions): Promise<void> {
  await Promise.all(names.map((name) => mkdir(join(folder, name), { recursive: true })));
  await Promise.all(labels.map((label, at) => writeFile(join(folder, imagePath(names[label] ?? '', at)), String(at))));
}

/** Makes the project of a new audit of the dataset, as far as it was predicted. @returns its folder */
async function makeProject(
  engine: FakeEngine,
  folder: string,
  { labels, predicted = 1, model: modelName = 'fashion-vit' }: StartOptions,
): Promise<string> {
  const newAudit = new NewAudit(engine, dataHere, folder);
  newAudit.setName('Wardrobe');
  await newAudit.setDataset(join(folder, datasetName));
  const model = await newAudit.setModel(modelName);
  const project = await dataHere.open({
    how: 'create',
    folder: newAudit.folder,
    info: newAudit.facts(tisParameters({}, model)),
  });
  await project.scanDataset({});
  const read = await project.pendingPredictions(0, Math.round(labels.length * predicted));
  const outcomes = await engine.predict({ model: { path: modelName }, inputs: read.map(({ source }) => source) });
  await project.recordPredictions(
    read.flatMap(({ id }, at) => {
      const outcome = outcomes[at];
      return outcome === undefined ? [] : [{ id, outcome }];
    }),
  );
  if (predicted < 1) await project.cancelPrediction(true);
  await project.close();
  return project.folder;
}

/** Starts the main process on a new folder, with no project open. */
export async function startBackend(options: StartOptions): Promise<Started> {
  const { names, classes = names, settings } = options;
  const folder = await mkdtemp(join(temporary, 'hognose-made-up-'));
  const engine = new FakeEngine({ ...options, models: models(classes) });
  await writeDataset(join(folder, datasetName), options);
  const project = await makeProject(engine, folder, options);
  const { provider } = engine;
  const backend = await Backend.start({ engine, folder, provider, settings: { reviewer: 'Ana', ...settings } });
  return {
    backend,
    bridge: new WatchedBridge(backend),
    engine,
    dataset: join(folder, datasetName),
    project,
    close: async () => {
      await backend.close();
      await rm(folder, { recursive: true, maxRetries: 5 });
    },
  };
}
