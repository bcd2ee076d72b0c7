/** Opens the audit that a command names: the one an earlier run left in the folder, or a new one. */

import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AppError } from '../../shared/errors.js';
import type { ModelChoice } from '../../shared/model.js';
import { NewAudit } from '../new-audit/new-audit.js';
import { openProjectModel } from '../audit/open-model.js';
import { sameTis, tisParameters } from '../audit/tis-parameters.js';
import { dataHere } from '../data/data-here.js';
import type { OpenProject } from '../data/open-project.js';
import { openDataset } from '../dataset/registry.js';
import type { Engine } from '../engine/engine.js';
import { projectExists, type ProjectInfo, readProjectInfo } from '../project/project-info.js';
import { titleOf } from '../project/project-name.js';
import { renameProject } from '../project/rename-project.js';
import { type MappingOptions, wishedMapping } from './mapping-options.js';
import { modelChoiceOf, type ModelOptions } from './model-options.js';
import type { TisOptions } from './options.js';
import { say } from './terminal.js';

export interface OpenOptions extends ModelOptions, MappingOptions, TisOptions {
  readonly model: string;
  /** Folder for project and report. */
  readonly out: string;
  /** Where the dataset of the audit in `out` lies now. */
  readonly dataset?: string;
  readonly labels?: string;
  /** What the project is called; by default as its dataset. */
  readonly name?: string;
}

interface Standing {
  readonly folder: string;
  readonly info: ProjectInfo;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The audits that earlier runs left in a folder. */
function audits(out: string): readonly Standing[] {
  if (!isThere(out)) return [];
  return readdirSync(out)
    .filter((name) => name.endsWith('.hognose'))
    .map((name) => join(out, name))
    .filter((folder) => projectExists(folder))
    .map((folder) => ({ folder, info: readProjectInfo(folder) }));
}

/**
 * The audit in `out` that a run with this dataset goes on with; null for a new one. Two audits beside each other would share
 * one report, so that there is at most one.
 */
function standingAudit(out: string, dataset: string | null): Standing | null {
  const all = audits(out);
  const own = all.find(({ info }) => info.datasetPath === dataset);
  if (own !== undefined) return own;
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return first ?? null;
  throw new AppError(
    'BAD_USAGE',
    `${out} holds several audits, none of them of this dataset: ${all.map(({ info }) => info.datasetPath).join(', ')}.`,
    'Choose another folder with --out.',
  );
}

/** The paths that a command names, and the audit they lead to. */
interface Aim {
  /** Where the dataset is to be read. */
  readonly dataset: string;
  readonly standing: Standing | null;
  /** The dataset of the standing audit lies at {@link dataset} now. */
  readonly moved: boolean;
}

/** @throws AppError `BAD_USAGE` when dataset, `--dataset` and the audit in `--out` do not go together. */
function aimOf(argument: string | undefined, { out, dataset }: OpenOptions): Aim {
  const named = argument === undefined ? null : resolve(argument);
  const standing = standingAudit(out, named);
  if (dataset === undefined) {
    if (named === null) {
      throw new AppError('BAD_USAGE', 'The dataset is missing.', 'Give the folder of images as the first argument.');
    }
    const before = standing?.info.datasetPath ?? named;
    if (before !== named && isThere(before)) {
      throw new AppError(
        'BAD_USAGE',
        `${out} holds an audit of another dataset, ${before}.`,
        `Choose another folder with --out; if that dataset is at ${named} now, say --dataset ${named} instead.`,
      );
    }
    return { dataset: named, standing, moved: before !== named };
  }
  if (standing === null || (named !== null && standing.info.datasetPath !== named)) {
    throw new AppError(
      'BAD_USAGE',
      standing === null
        ? `${out} holds no audit whose dataset could have moved.`
        : `The audit in ${out} is of ${standing.info.datasetPath}, not of ${named ?? ''}.`,
      'For a new audit give the dataset as the first argument, without --dataset.',
    );
  }
  const now = resolve(dataset);
  return { dataset: now, standing, moved: now !== standing.info.datasetPath };
}

/** What an earlier run chose for the same model: going on needs no options again. */
function storedChoice(standing: Standing | null, modelPath: string): ModelChoice | undefined {
  return standing?.info.modelPath === modelPath ? (standing.info.modelChoice ?? undefined) : undefined;
}

/** What is to be audited, as the options and an earlier run say it. */
async function newAuditOf(
  { dataset, standing, moved }: Aim,
  options: OpenOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<NewAudit> {
  const newAudit = new NewAudit(engine, dataHere, resolve(options.out));
  if (options.name !== undefined) newAudit.setName(options.name);
  // A moved dataset is looked for by relinking.
  if (!moved) {
    const labels = options.labels === undefined ? (standing?.info.labelsFile ?? null) : resolve(options.labels);
    await newAudit.setDataset(dataset, labels, standing?.info.format);
  }
  const path = resolve(options.model);
  const model = await newAudit.setModel(path, signal, modelChoiceOf(options) ?? storedChoice(standing, path));
  if (standing === null) newAudit.replaceMapping(await wishedMapping(newAudit.mapping, model, options));
  return newAudit;
}

/** A table of labels other than the project's takes its place; the scan that follows takes its labels over. */
async function takeLabels(project: OpenProject, { labels }: OpenOptions, looked: boolean): Promise<void> {
  const { datasetPath, format, labelsFile } = project.info;
  if (labels === undefined || resolve(labels) === labelsFile) return;
  const table = resolve(labels);
  // A table that cannot be read leaves the project as it was.
  if (!looked) await openDataset(datasetPath, { format, labelsFile: table });
  say(`The labels come from ${table} from now on${labelsFile === null ? '' : `, no longer from ${labelsFile}`}.`);
  await project.relink({ datasetPath, labelsFile: table });
}

/** The folder of the audit that an earlier run has begun, renamed when another name is asked for. */
function renamed({ folder, info }: Standing, { name }: OpenOptions): string {
  if (name === undefined || titleOf(name) === info.name) return folder;
  const now = renameProject(folder, name);
  say(`The project was called ${info.name} and lies at ${now} now.`);
  return now;
}

/** Goes on with the audit that an earlier run has begun. */
async function reopen(
  folder: string,
  aim: Aim,
  newAudit: NewAudit,
  options: OpenOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<OpenProject> {
  const project = await dataHere.open({ how: 'open', folder });
  try {
    const before = project.info.datasetPath;
    if (aim.moved) await project.relinkDataset(aim.dataset, { signal });
    // The dataset was described with them unless it was moved.
    await takeLabels(project, options, !aim.moved);
    if (aim.moved) say(`The dataset of this audit was at ${before} and is at ${project.info.datasetPath} now.`);
    const notice = await openProjectModel(project, engine, newAudit.location ?? undefined);
    if (notice !== null) say(notice.message);
    if (options.mapping !== undefined || options.classOrder !== undefined) {
      const { mapping, model } = project.info;
      await project.setMapping(await wishedMapping(mapping, model, options));
    }
    const wish = tisParameters(options, project.info.model);
    const { tis } = project.info;
    if (!sameTis(tis, wish)) await project.setTis({ ...wish, seed: tis.seed });
    return project;
  } catch (error) {
    await project.close();
    throw error;
  }
}

/**
 * Opens the audit of a dataset in `out`: goes on with the one that is there, also when the dataset lies elsewhere now, or
 * makes a new one. @throws AppError `BAD_USAGE` when another dataset's audit is there; `DATASET_*`, `MODEL_*`, `PROJECT_*`.
 */
export async function openAudit(
  dataset: string | undefined,
  options: OpenOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<OpenProject> {
  const aim = aimOf(dataset, options);
  const newAudit = await newAuditOf(aim, options, engine, signal);
  if (aim.standing !== null) return reopen(renamed(aim.standing, options), aim, newAudit, options, engine, signal);
  const info = newAudit.facts(tisParameters(options, newAudit.opened));
  return dataHere.open({ how: 'create', folder: newAudit.folder, info });
}
