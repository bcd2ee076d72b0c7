/** Makes a project of any number of images and classes, as if it had been listed and predicted: with file names, labels, probabilities and some verdicts. */

import { statSync } from 'node:fs';
import { join } from 'node:path';

import type { StampedImage } from '../../src/main/dataset/dataset.js';
import { stampOf } from '../../src/main/dataset/file-stamp.js';
import type { PredictOutcome } from '../../src/main/engine/engine.js';
import type { ProjectInfo } from '../../src/main/project/project-info.js';
import { Project } from '../../src/main/project/project.js';
import { classIndex, imageId, labelIndex } from '../../src/shared/audit.js';
import type { ModelSummary } from '../../src/shared/model.js';
import { seededRandom } from '../../src/shared/seeded-random.js';
import { model as madeUp, tis } from '../unit/project/sample.js';

/** Images in the container of the demo. */
const realImages = 10_000;
const container = 't10k-images-idx3-ubyte.gz';
const batch = 4096;

/** Stamp of the container as it lies there, so that nobody takes it for written to. */
function stampOfContainer({ dataset }: LargeProject): string {
  return stampOf(statSync(join(dataset, container), { bigint: true }));
}

export interface LargeProject {
  readonly folder: string;
  readonly images: number;
  readonly classes: number;
  /** The demo's folder, whose pictures stand behind the images, the first ten thousand each with its own. */
  readonly dataset: string;
  /** What the model is; a made-up one where nothing is computed with it. */
  readonly model?: ModelSummary;
  /** Images at the end that wait for their prediction. */
  readonly pending?: number;
  /** Verdicts that are there already. */
  readonly verdicts?: number;
}

const className = (index: number): string => `class ${String(index).padStart(4, '0')}`;

function largeInfo({ dataset, classes, model }: LargeProject): ProjectInfo {
  const names = Array.from({ length: classes }, (_, index) => className(index));
  return {
    name: 'Large',
    datasetPath: dataset,
    format: 'idx',
    labelsFile: null,
    labels: names,
    // One that is made up is nowhere: what is there would take its place.
    modelPath: join(dataset, model === undefined ? '../no model' : '../model'),
    modelChoice: null,
    model: model ?? { ...madeUp, classes: names },
    mapping: names.map((labelName, index) => ({
      label: labelIndex(index),
      labelName,
      classIndex: classIndex(index),
      by: 'name',
    })),
    tis,
  };
}

/** An image by its number from 0 on: three splits, shuffled labels. */
function imageOf(at: number, stamp: string, { dataset, classes }: LargeProject): StampedImage {
  const label = className((at * 7919) % classes);
  const split = at % 10 === 0 ? 'test' : at % 10 === 1 ? 'validation' : 'train';
  return {
    file: `${split}/${label}/IMG_${String(at).padStart(8, '0')}.jpg`,
    source: { path: join(dataset, container), member: at % realImages },
    label,
    split,
    stamp,
  };
}

/** A content of its own for each image, so that none is another's duplicate. */
function contentOf(at: number): string {
  const words = [at * 2_654_435_761, at * 40_503 + 1, at, at ^ 0x5bd1e995, at + 7, at + 11, at + 13, at + 17];
  return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Softmax-like: most images with a clear best class, one in fifteen with another than its label. */
function outcomeOf(at: number, stamp: string, classes: number, random: () => number): PredictOutcome {
  const label = (at * 7919) % classes;
  const best = random() < 1 / 15 ? Math.floor(random() * classes) : label;
  const probabilities = new Float32Array(classes);
  const top = 0.35 + 0.6 * random();
  let rest = 0;
  for (let index = 0; index < classes; index += 1) rest += probabilities[index] = random() ** 3;
  rest -= probabilities[best] ?? 0;
  for (let index = 0; index < classes; index += 1)
    probabilities[index] = ((probabilities[index] ?? 0) / rest) * (1 - top);
  probabilities[best] = top;
  const facts = {
    sha256: contentOf(at),
    bytes: 784,
    width: 28,
    height: 28,
    modelView: { left: 0, top: 0, width: 1, height: 1 },
    stamp,
  };
  return { ok: true, facts, probabilities };
}

/** Makes the project and closes it; `tell` hears how many images are in it. */
export function makeLargeProject(wish: LargeProject, tell: (done: number) => void = () => undefined): void {
  const { folder, images, classes, verdicts = 0, pending = 0 } = wish;
  const random = seededRandom(images);
  const stamp = stampOfContainer(wish);
  const project = Project.create(folder, largeInfo(wish));
  project.beginScan();
  for (let from = 0; from < images; from += batch) {
    const count = Math.min(batch, images - from);
    project.addImages(Array.from({ length: count }, (_, step) => imageOf(from + step, stamp, wish)));
  }
  project.finishScan([]);
  const predicted = images - pending;
  for (let from = 0; from < predicted; from += batch) {
    const count = Math.min(batch, predicted - from);
    project.recordPredictions(
      Array.from({ length: count }, (_, step) => ({
        id: imageId(from + step + 1),
        outcome: outcomeOf(from + step, stamp, classes, random),
      })),
    );
    tell(from + count);
  }
  for (const _ of project.score('all')) continue;
  for (const _ of project.readAhead()) continue;
  if (pending > 0) project.cancelPrediction(true);
  project.setReviewer('Ana');
  for (let at = 0; at < verdicts; at += 1) {
    const id = imageId(1 + Math.floor(random() * images));
    project.give([id], { kind: 'right-label', correctedLabels: [], note: '' }, 1_790_000_000_000 + at);
  }
  project.close();
}
