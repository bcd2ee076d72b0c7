/** How the parts, costs and proof of a model are said: numbers with their units, names of what a model is built of. */

import type { CutProof, ModelAnatomy, Preprocessing } from './model.js';

/** Between a number and its unit: never broken over lines. */
const tight = '\u00a0';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three digits at most: `2.51`, `35.1`, `123`. */
function digits(value: number): string {
  return value >= 99.95 ? whole.format(value) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** Operations with their unit: `2.51 GFLOP`. */
export function flopText(flops: number): string {
  if (flops >= 1e12) return `${digits(flops / 1e12)}${tight}TFLOP`;
  return flops >= 1e9 ? `${digits(flops / 1e9)}${tight}GFLOP` : `${digits(flops / 1e6)}${tight}MFLOP`;
}

/** Bytes with their unit: `346 MB`. */
export function byteText(bytes: number): string {
  if (bytes >= 1e9) return `${digits(bytes / 1e9)}${tight}GB`;
  return bytes >= 1e6 ? `${digits(bytes / 1e6)}${tight}MB` : `${digits(bytes / 1e3)}${tight}kB`;
}

/** A relative difference: `2.4e-7`. */
export function differenceText(difference: number): string {
  if (!Number.isFinite(difference)) return 'nothing in common';
  return difference === 0 ? '0' : difference.toExponential(1);
}

const prefixNames: Readonly<Record<ModelAnatomy['prefix'][number], readonly [one: string, several: string]>> = {
  cls: ['CLS', 'CLS'],
  distillation: ['distillation', 'distillation'],
  register: ['register', 'registers'],
  prefix: ['one of unknown kind', 'of unknown kind'],
};

/** Prefix tokens in words: `CLS, 4 registers`; `none`. */
export function prefixText(prefix: ModelAnatomy['prefix']): string {
  const kinds = [...new Set(prefix)].map((kind) => {
    const count = prefix.filter((one) => one === kind).length;
    return count === 1 ? prefixNames[kind][0] : `${String(count)} ${prefixNames[kind][1]}`;
  });
  return kinds.length === 0 ? 'none' : kinds.join(', ');
}

export const normNames: Readonly<Record<ModelAnatomy['normKind'], string>> = { layer: 'layer norm', rms: 'RMS norm' };

export const activationNames: Readonly<Record<ModelAnatomy['activation'], string>> = {
  gelu: 'GELU',
  'gelu-tanh': 'GELU (tanh)',
  'quick-gelu': 'quick GELU',
  relu: 'ReLU',
  silu: 'SiLU',
  tanh: 'tanh',
};

export const poolingNames: Readonly<Record<ModelAnatomy['pooling'], string>> = {
  cls: 'the CLS token',
  'mean-patches': 'mean of the patch tokens',
  'mean-all': 'mean of all tokens',
  'cls-and-mean-patches': 'the CLS token beside the mean of the patch tokens',
  'cls-and-mean-rest': 'the CLS token beside the mean of all others',
  distilled: 'CLS and distillation token, each through its own head, averaged',
};

/** The resize in words: `shorter side to 248`. */
export function resizeText({ resize }: Preprocessing): string {
  switch (resize.kind) {
    case 'exact':
      return `to ${String(resize.width)} × ${String(resize.height)}`;
    case 'shortest-edge':
      return `shorter side to ${String(resize.size)}`;
    case 'longest-edge':
      return `longer side to ${String(resize.size)}`;
  }
}

/** The crop in words: `centre 224 × 224`; `none`. */
export function cropText({ crop, fill }: Preprocessing): string {
  if (crop === null) return 'none';
  const ground = fill === undefined ? '' : `, on colour ${fill.map((value) => String(Math.round(value))).join(' ')}`;
  return `centre ${String(crop.width)} × ${String(crop.height)}${ground}`;
}

/** Numbers of the channels with four decimals at most: `0.485, 0.456, 0.406`. */
export function channelText(values: readonly number[]): string {
  return values.map((value) => String(Number(value.toFixed(4)))).join(', ');
}

/** Beyond this relative difference of the logits the two halves are not the model. */
const agreement = 1e-3;

/** Whether the two halves agree with the whole, on all tokens and on the subset. */
export function agrees(proof: CutProof): boolean {
  return proof.difference <= agreement && proof.subsetDifference <= agreement;
}

const againstNames: Readonly<Record<CutProof['against'], string>> = {
  file: "against the file's own graph",
  unfused: 'against the same operators one by one',
};

/** What was proven, in two sentences without their full stop. */
export function proofText(proof: CutProof, patches: number): readonly [whole: string, subset: string] {
  const verdict = (difference: number): string =>
    difference <= agreement
      ? `agrees within ${differenceText(difference)}`
      : `disagrees by ${differenceText(difference)}`;
  return [
    `${verdict(proof.difference)} on a random picture, ${againstNames[proof.against]}`,
    `${verdict(proof.subsetDifference)} on ${String(proof.subsetTokens)} of ${String(patches)} patches, ${againstNames[proof.subsetAgainst]}`,
  ];
}
