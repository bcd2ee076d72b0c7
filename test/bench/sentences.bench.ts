/** What the sentences say of real disagreements, and whether kinds and measures know which labels people reject: docs/sentences.md. */

import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { relateEvidence } from '../../src/main/maps/disagreement.js';
import { saliencyMaps } from '../../src/main/maps/saliency.js';
import { readSource } from '../../src/main/dataset/source.js';
import { decodeRgb } from '../../src/main/engine/decode.js';
import { ModelRuntime } from '../../src/main/engine/runtime.js';
import { contrastToError, type Disagreement, disagreementKinds } from '../../src/shared/disagreement.js';
import { disagreementSentence } from '../../src/shared/disagreement-words.js';
import { firstName } from '../../src/shared/readable-names.js';
import { humanNoiseModel, isRejected, judgedPictures } from '../support/human-noise.js';
import { shared, sharedIsPresent, sharedTable } from '../support/shared.js';

const masks = Number(process.env.MASKS ?? '1024');
/** Findings of each set that are printed in full. */
const printed = 20;

interface Finding extends Disagreement {
  readonly file: string;
  readonly label: string;
  readonly prediction: string;
  readonly labelProbability: number;
  readonly sentence: string;
  /** Whether people rejected the label; null where nobody was asked. */
  readonly rejected: boolean | null;
}

interface Subject {
  readonly file: string;
  readonly path: string;
  readonly label: number;
  readonly rejected: boolean | null;
}

/** Null where label and prediction agree. */
async function findingOf(runtime: ModelRuntime, { file, path, label, rejected }: Subject): Promise<Finding | null> {
  const image = await decodeRgb(await readSource({ path }));
  const pixels = await runtime.preprocess(image);
  const probabilities = await runtime.predict(pixels, 1);
  const best = probabilities.reduce((at, value, index) => (value > (probabilities[at] ?? 0) ? index : at), 0);
  if (best === label) return null;
  const parameters = { masks, ratio: 0.5, seed: 0 };
  const outcome = await runtime.explainTis(pixels, { parameters, classes: [label], top: 1 });
  const maps = saliencyMaps({ ...outcome });
  const [own, theirs] = [label, best].map((index) => maps.find((map) => Number(map.classIndex) === index));
  if (!own?.evidence || !theirs?.evidence) throw new Error(`No evidence of ${file}.`);
  const { gridWidth, gridHeight } = outcome;
  const labelProbability = own.probability;
  const disagreement = relateEvidence(own.evidence, theirs.evidence, { gridWidth, gridHeight, labelProbability });
  const names = {
    label: firstName(runtime.summary.classes[label] ?? ''),
    prediction: firstName(runtime.summary.classes[best] ?? ''),
  };
  const view = runtime.modelView(image.width, image.height);
  const predictionProbability = theirs.probability;
  const sentence = disagreementSentence(disagreement, { ...names, labelProbability, predictionProbability, view });
  return { ...disagreement, file, ...names, labelProbability, sentence, rejected };
}

/** Area under the ROC curve of telling rejected labels (high values reject), and half its 95 % interval (Hanley and McNeil 1982). */
function auroc(values: readonly number[], rejected: readonly boolean[]): string {
  const [yes, no] = [true, false].map((side) => values.filter((_, at) => rejected[at] === side));
  if (!yes?.length || !no?.length) return '–';
  let wins = 0;
  for (const a of yes) for (const b of no) wins += a > b ? 1 : a === b ? 0.5 : 0;
  const area = wins / yes.length / no.length;
  const [q1, q2] = [area / (2 - area), (2 * area * area) / (1 + area)];
  const variance =
    (area * (1 - area) + (yes.length - 1) * (q1 - area * area) + (no.length - 1) * (q2 - area * area)) /
    (yes.length * no.length);
  return `${area.toFixed(2)} ± ${(1.96 * Math.sqrt(variance)).toFixed(2)}`;
}

const measures: Readonly<Record<string, (finding: Finding) => number>> = {
  'label probability, low first': ({ labelProbability }) => -labelProbability,
  'rank correlation': ({ measures: { spearman } }) => spearman.value,
  'overlap of the strongest fifths': ({ measures: { topOverlap } }) => topOverlap.value,
  "label's evidence on the prediction's patches": ({ measures: { labelOnPrediction } }) => labelOnPrediction.value,
  "label's contrast over its error": ({ measures: { label } }) => contrastToError(label),
  "prediction's contrast over its error": ({ measures: { prediction } }) => contrastToError(prediction),
};

function tell(title: string, findings: readonly Finding[]): string {
  const asked = findings.filter(({ rejected }) => rejected !== null);
  const kinds = disagreementKinds.map((kind) => {
    const those = findings.filter((finding) => finding.kind === kind);
    const judged = those.filter(({ rejected }) => rejected !== null);
    const rejected = judged.filter((finding) => finding.rejected === true).length;
    return `| ${kind} | ${String(those.length)} | ${judged.length === 0 ? '–' : `${String(rejected)} of ${String(judged.length)}`} |`;
  });
  const areas = Object.entries(measures).map(([name, of]) => {
    const area = auroc(
      asked.map(of),
      asked.map(({ rejected }) => rejected === true),
    );
    return `| ${name} | ${area} |`;
  });
  const rows = findings
    .slice(0, printed)
    .map(({ file, sentence }, at) => `| ${String(at + 1)} | ${file} | ${sentence} |`);
  return [
    `### ${title}`,
    '',
    '| kind | findings | label rejected |',
    '| --- | --- | --- |',
    ...kinds,
    '',
    ...(asked.length === 0 ? [] : ['| measure | AUROC of rejected labels |', '| --- | --- |', ...areas, '']),
    '| | picture | sentence |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

async function findingsOf(runtime: ModelRuntime, subjects: readonly Subject[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const subject of subjects) {
    const finding = await findingOf(runtime, subject);
    if (finding === null) continue;
    found.push(finding);
    process.stdout.write(`${JSON.stringify(finding)}\n`);
  }
  return found.sort((a, b) => a.labelProbability - b.labelProbability);
}

describe.skipIf(!sharedIsPresent)('sentences', () => {
  it('of pictures whose labels people judged', { timeout: 0 }, async () => {
    const model = await humanNoiseModel();
    const runtime = await ModelRuntime.open({ path: model.path }, { threads: 0 });
    const subjects = judgedPictures()
      .filter(({ kept }) => kept !== null)
      .map((picture) => ({
        file: picture.file,
        path: shared('human-noise/images', picture.file),
        label: runtime.summary.classes.indexOf(picture.label),
        rejected: isRejected(picture),
      }));
    const found = await findingsOf(runtime, subjects);
    await runtime.close();
    await model.remove();
    process.stdout.write(tell('human-noise', found));
  });

  it('of the sample photographs', { timeout: 0 }, async () => {
    const runtime = await ModelRuntime.open({ path: shared('models/vit-tiny-hf') }, { threads: 0 });
    const indices = new Map(sharedTable('images', 'classes.csv').map(({ wnid, index }) => [wnid ?? '', Number(index)]));
    const subjects = readdirSync(shared('images'))
      .filter((file) => file.endsWith('.JPEG'))
      .map((file) => ({
        file,
        path: shared('images', file),
        label: indices.get(file.slice(0, 9)) ?? -1,
        rejected: null,
      }));
    const found = await findingsOf(runtime, subjects);
    await runtime.close();
    process.stdout.write(tell('images', found));
  });
});
