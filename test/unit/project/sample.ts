/** Small made-up projects for the tests of project and report: exact numbers, no models, no pictures. */

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  classIndex,
  type ImageId,
  labelIndex,
  type MappingRow,
  type SaliencyMap,
  type TisParameters,
} from '../../../src/shared/audit.js';
import type { Disagreement } from '../../../src/shared/disagreement.js';
import type { ModelSummary } from '../../../src/shared/model.js';
import type { DatasetImage } from '../../../src/main/dataset/dataset.js';
import type { ImageFacts, PredictOutcome } from '../../../src/main/engine/engine.js';
import type { ExplanationRecord } from '../../../src/main/project/explanations.js';
import type { ProjectInfo } from '../../../src/main/project/project-info.js';
import { fakeEvidence } from '../../support/fake-evidence.js';

const labels = ['cat', 'dog', 'owl'] as const;
export const tis: TisParameters = { masks: 128, ratio: 0.5, seed: 7 };

export const model: ModelSummary = {
  name: 'tiny-vit',
  hash: 'a'.repeat(64),
  source: 'huggingface',
  classes: ['cat', 'dog', 'owl'],
  synsets: [],
  parameters: 1234,
  inputWidth: 28,
  inputHeight: 28,
  patchWidth: 14,
  patchHeight: 14,
  gridWidth: 2,
  gridHeight: 2,
  prefixTokens: 1,
  width: 8,
  blocks: 2,
  heads: 2,
  preprocessing: {
    resize: { kind: 'shortest-edge', size: 32 },
    interpolation: 'bicubic',
    crop: { width: 28, height: 28 },
    scale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  },
  anatomy: {
    channels: 3,
    prefix: ['cls'],
    blockNorm: 'pre',
    normKind: 'layer',
    headWidth: 4,
    innerWidth: 32,
    activation: 'gelu',
    gated: false,
    qkvBias: true,
    qkNorm: false,
    layerScale: false,
    stemNorm: false,
    pooling: 'cls',
    weightTypes: ['float32'],
    graph: null,
  },
  assumptions: [],
};

/** Every label to the class of the same position. */
export const identity: readonly MappingRow[] = labels.map((labelName, index) => ({
  label: labelIndex(index),
  labelName,
  classIndex: classIndex(index),
  by: 'name',
}));

export const info: ProjectInfo = {
  name: 'Animals',
  datasetPath: '/data/animals',
  format: 'folder-per-class',
  labelsFile: null,
  labels,
  modelPath: '/models/tiny-vit',
  modelChoice: null,
  model,
  mapping: identity,
  tis,
};

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function image(file: string, label: string | null, split: string | null = null): DatasetImage {
  return { file, source: { path: join(info.datasetPath, file) }, label, split };
}

export function facts(content: string): ImageFacts {
  const modelView = { left: 0, top: 0.125, width: 1, height: 0.75 };
  return { sha256: sha256(content), bytes: 1000, width: 30, height: 40, modelView, stamp: null };
}

/** A prediction of content `content`. */
export function predicted(content: string, probabilities: readonly number[]): PredictOutcome {
  return { ok: true, facts: facts(content), probabilities: Float32Array.from(probabilities) };
}

export function map(
  index: number,
  probability: number,
  kept: readonly number[],
  dropped: readonly number[],
): SaliencyMap {
  return {
    classIndex: classIndex(index),
    probability,
    kept: Float32Array.from(kept),
    dropped: Float32Array.from(dropped),
    contrast: 0.25,
    samplingError: 0.125,
    splitHalfCorrelation: 0.5,
    evidence: fakeEvidence(
      kept.map((value, at) => value - (dropped[at] ?? 0)),
      0.25,
    ),
  };
}

export function explanation(maps: readonly SaliencyMap[], parameters: TisParameters = tis): ExplanationRecord {
  return {
    gridWidth: 2,
    gridHeight: 2,
    maps,
    parameters,
    initIndices: Int32Array.of(3, 1),
    scored: 2,
    milliseconds: 12.5,
    facts: null,
  };
}

export const contradicted: Disagreement = {
  kind: 'contradicted',
  measures: {
    spearman: { value: -0.5, error: 0.0625 },
    topOverlap: { value: 0, error: 0 },
    labelOnPrediction: { value: -0.25, error: 0.03125 },
    label: {
      contrast: { value: 0.5, error: 0.25 },
      centre: { value: 0.125, error: 0.25 },
      around: { value: -0.25, error: 0.125 },
      formed: false,
      place: null,
    },
    prediction: {
      contrast: { value: 4.5, error: 0.5 },
      centre: { value: -0.5, error: 0.125 },
      around: { value: 0.25, error: 0.0625 },
      formed: true,
      place: 'upper-left',
    },
  },
};

/** A folder of its own that the returned function removes. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'hognose-test-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export const ids = (values: Uint32Array | readonly ImageId[]): number[] => Array.from(values, Number);
