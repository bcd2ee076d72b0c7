/** Tasks of an open project: gone on with where it was closed in mid-run, under the parameters they were made with; over where a person says so. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { OpenAudit } from '../../../src/main/audit/open-audit.js';
import { inThisProcess } from '../../../src/main/data/in-this-process.js';
import { Project } from '../../../src/main/project/project.js';
import { explainTask, mapsTask, readTask, type Task, taskText } from '../../../src/main/project/task.js';
import { classIndex, imageId, type Job } from '../../../src/shared/audit.js';
import { PatientEngine } from '../../support/patient-engine.js';
import { image, info, model, temporaryFolder, tis } from '../project/sample.js';

const few = { ...tis, masks: 4 };
const many = { ...tis, masks: 8 };
const images = [1, 2, 3, 4, 5, 6].map(imageId);

let folder: ReturnType<typeof temporaryFolder>;
let engine: PatientEngine;
let path: string;
let project: Project;
let audit: OpenAudit;
let told: Job[];

/** Six images of which the model says another class than their label. */
beforeEach(async () => {
  folder = temporaryFolder();
  const datasetPath = join(folder.path, 'animals');
  mkdirSync(datasetPath);
  for (const id of images) writeFileSync(join(datasetPath, `${String(id)}.png`), String(id));
  path = join(folder.path, 'one.hognose');
  project = Project.create(path, { ...info, datasetPath, tis: few });
  project.beginScan();
  project.addImages(images.map((id) => image(`${String(id)}.png`, 'dog')));
  project.finishScan([]);
  engine = new PatientEngine(model);
  open(project);
  await audit.jobs.completed((await audit.predict()).id);
  await audit.bringScoresUpToDate();
  engine.calls.length = 0;
});
afterEach(async () => {
  engine.answer();
  await audit.close();
  folder.remove();
});

function open(opened: Project): void {
  project = opened;
  told = [];
  audit = new OpenAudit({
    project: inThisProcess(opened),
    engine,
    tell: (event, payload) => {
      if (event === 'job') told.push(payload as Job);
    },
    printPdf: () => Promise.resolve(),
    version: '0.0.0',
  });
}

/** Closes the project in the middle of a task, and opens it again. */
async function reopened(): Promise<void> {
  const closed = audit.close();
  engine.answer();
  await closed;
  engine.calls.length = 0;
  open(Project.open(path));
}

const explained = (): number => project.counts().explained;
const masks = (): unknown[] => engine.calls.map(({ parameters }) => parameters.masks);

it('that was under way when the project was closed is gone on with, with what is left and as it was made', async () => {
  engine.hold();
  await audit.explainMost(6);
  await engine.asked(1);
  const [task] = project.openTasks();
  expect(task).toMatchObject({ kind: 'explain', images, parameters: { tis: few, labelClasses: [0, 1, 2] } });
  // As if two had been done before it was killed.
  for (const id of images.slice(0, 2)) project.noteTask(task?.id ?? '', id, 'done');
  await reopened();
  project.setTis(many);
  await audit.resumeTasks();
  await audit.resumeTasks();
  const [job] = audit.jobs.list();
  expect([audit.jobs.list().length, job?.title]).toEqual([1, 'Explaining 6 images']);
  if (job !== undefined) await audit.jobs.completed(job.id);
  expect(told.at(-1)).toMatchObject({ state: 'done', done: 6, total: 6 });
  expect(masks()).toEqual([4, 4, 4, 4]);
  expect(project.openTasks()).toEqual([]);
  project.setTis(few);
  expect(explained()).toBe(4);
});

it('that a person cancelled is over, also when the project is opened again', async () => {
  engine.hold();
  const job = await audit.explainMost(6);
  await engine.asked(1);
  await audit.cancel(job.id);
  expect(project.openTasks()).toEqual([]);
  await reopened();
  await audit.resumeTasks();
  expect(audit.jobs.list()).toEqual([]);
});

it('of another model than the project has by now is over', async () => {
  engine.hold();
  await audit.explainMost(6);
  await engine.asked(1);
  await reopened();
  project.setModel({ path: '/models/other' }, { ...model, hash: 'b'.repeat(64) }, project.info.mapping);
  await audit.resumeTasks();
  expect([audit.jobs.list(), project.openTasks()]).toEqual([[], []]);
});

it('that names an image which left the dataset is done without it, and once', async () => {
  const known = project.info;
  const text = taskText({
    kind: 'explain',
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    project: project.identity,
    model: { path: known.modelPath, choice: null, hash: known.model.hash },
    images: [...images, imageId(99)],
    parameters: { tis: many, labelClasses: [0, 1, 2].map(classIndex) },
  });
  const task: Task = readTask(text, 'the text');
  expect(taskText(task)).toBe(text);
  // Of one image that is not here nothing is said to be done.
  expect(await audit.jobs.completed((await audit.runTask(task)).id)).toMatchObject({ done: 7, skipped: 1 });
  expect(masks()).toEqual([8, 8, 8, 8, 8, 8]);
  expect(project.openTasks()).toEqual([]);
  // Done, it is done: not once more.
  engine.calls.length = 0;
  await audit.jobs.completed((await audit.runTask(task)).id);
  expect(engine.calls).toEqual([]);
});

it('leaves images whose files are not there for another time', async () => {
  engine.missing.add('2.png');
  const job = await audit.jobs.completed((await audit.explainMost(6)).id);
  expect(job).toMatchObject({ state: 'done', skipped: 1 });
  const [task] = project.openTasks();
  if (task === undefined) throw new Error('The task is over.');
  expect(project.taskLacks(task)).toEqual({ left: [2], gone: 0 });
  engine.missing.clear();
  engine.calls.length = 0;
  // The dataset is back: also without closing the project.
  await audit.resumeTasks();
  const again = audit.jobs.list().at(-1);
  if (again !== undefined) await audit.jobs.completed(again.id);
  expect([explained(), engine.calls.length, project.openTasks()]).toEqual([6, 1, []]);
});

it('stays open where the dataset is away, and says so', async () => {
  rmSync(project.info.datasetPath, { recursive: true });
  const job = await audit.explainMost(2);
  await expect(audit.jobs.completed(job.id)).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  expect(project.openTasks()).toHaveLength(1);
});

it('is for the images of its project alone, and stays what it was', async () => {
  engine.hold();
  await audit.explainMost(2);
  const [task] = project.openTasks();
  if (task === undefined) throw new Error('There is no task.');
  const foreign = { ...task, project: 'ab' };
  await expect(audit.runTask(foreign)).rejects.toThrow('another project');
  await expect(audit.runTask({ ...task, images: images.slice(0, 1) })).rejects.toThrow('was changed');
});

it('is done in a project that is only looked at as well, as long as that is open', async () => {
  await audit.close();
  open(Project.openReadOnly(path));
  await audit.jobs.completed((await audit.explainMost(2)).id);
  expect(explained()).toBe(2);
  await audit.close();
  open(Project.open(path));
  expect([explained(), project.openTasks()]).toEqual([0, []]);
});

it.each([
  ['nonsense', 'it is no JSON'],
  ['{}', 'format'],
  ['{"format":"hognose-task","version":2,"task":{}}', 'version'],
  ['{"format":"hognose-task","version":1,"task":{"kind":"explain","id":"x"}}', 'task.id'],
])('%s is refused: %s', (text, why) => {
  expect(() => readTask(text, 'task.json')).toThrow(why);
});

it.each([
  ['masks', 0],
  ['masks', 5000],
  ['ratio', 2],
  ['ratio', 0],
  ['seed', 1.5],
  ['stability', 5],
])('with %s of %s is refused', (name, value) => {
  const known = { ...explainTask(images, { ...project.info, identity: project.identity }) };
  const text = taskText({ ...known, parameters: { ...known.parameters, tis: { ...few, [name]: value } } });
  expect(() => readTask(text, 'task.json')).toThrow(`tis has no ${name} of ${String(value)}`);
});

it('of maps beyond the limits of the method is refused, and for classes that there are not', async () => {
  const terms = { ...project.info, identity: project.identity };
  const task = mapsTask(images, { method: 'rise', values: { masks: -5 }, of: 'label' }, terms);
  expect(() => readTask(taskText(task), 'task.json')).toThrow('rise has no masks of -5');
  const known = explainTask(images, terms);
  const beyond = { ...known, parameters: { ...known.parameters, labelClasses: [9, 9, 9].map(classIndex) } };
  await expect(audit.runTask(beyond)).rejects.toMatchObject({ code: 'UNKNOWN_CLASS' });
});
