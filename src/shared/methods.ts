/** The explanation methods of the TIS paper's comparison: names, papers, parameters with the published defaults, and what a map costs. */

import type { ClassIndex, ImageId } from './audit.js';
import { tisDefaults } from './tis-parameters.js';

/** In the order in which sheets and tables list them. */
export const methodIds = [
  'tis',
  'tis-pixels',
  'vit-cx',
  'tam',
  'chefer1',
  'chefer2',
  'bt-t',
  'bt-h',
  'rollout',
  'rise',
  'integrated-gradients',
  'smoothgrad',
] as const;
export type MethodId = (typeof methodIds)[number];

/** A number that a person may set. */
export interface ParameterFacts {
  readonly key: string;
  readonly name: string;
  readonly default: number;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** What it changes, in one sentence. */
  readonly about: string;
}

/** By {@link ParameterFacts.key}. */
export type MethodParameters = Readonly<Record<string, number>>;

/** What a map takes, in forward passes of the model: one or a few, tens, hundreds to thousands. */
export type CostClass = 'light' | 'medium' | 'heavy';

export interface MethodFacts {
  readonly id: MethodId;
  /** As the field writes it. */
  readonly name: string;
  /** Its paper. */
  readonly paper: string;
  readonly year: number;
  /** What it reads: the model's answers to changed inputs, its attention, or its gradients. */
  readonly family: 'perturbation' | 'attention' | 'gradient';
  readonly cost: CostClass;
  /** One map stands for every class. */
  readonly classIndependent: boolean;
  /** Maps have values of both signs, about zero. */
  readonly signed: boolean;
  /** Maps have a value a patch, or one a pixel of the model's input. */
  readonly resolution: 'patch' | 'pixel';
  readonly parameters: readonly ParameterFacts[];
  /** About how many passes the maps of so many classes take; what a run really took comes with its maps. */
  readonly passes: (parameters: MethodParameters, classes: number) => MethodCost;
}

const seed: ParameterFacts = {
  key: 'seed',
  name: 'Seed',
  default: 0,
  least: 0,
  most: 2 ** 32 - 1,
  whole: true,
  about: 'Seed of the random draws; the same seed gives the same map.',
};

const tisParameters: readonly ParameterFacts[] = [
  { key: 'masks', name: 'Masks', default: tisDefaults.masks, least: 1, most: 4096, whole: true, about: 'Number of k-means clusters, hence of masks.' },
  { key: 'ratio', name: 'Ratio', default: tisDefaults.ratio, least: 0.01, most: 1, whole: false, about: 'Share of the tokens that each mask keeps.' },
  seed,
]; // prettier-ignore

const steps: ParameterFacts = {
  key: 'steps',
  name: 'Steps',
  default: 20,
  least: 2,
  most: 200,
  whole: true,
  about: 'Points between the mid-grey image and the image at which the gradient of the last attention is taken.',
};

type Passes = MethodFacts['passes'];
/** One pass a mask, whatever the classes. */
const ofMasks: Passes = ({ masks = 0 }) => ({ forward: masks, backward: 0 });
/** So many passes there and back for each class. */
const ofSteps: Passes = ({ steps: nodes = 0 }, classes) => ({ forward: nodes * classes, backward: nodes * classes });
/** ViT-CX makes a mask of each cluster of feature maps: how many depends on the image, this is a usual number. */
const usualClusters = 100;

type Unusual = 'classIndependent' | 'signed' | 'resolution';

/** What most methods give: a map a class, without signs, of patches. */
const usual: Pick<MethodFacts, Unusual> = { classIndependent: false, signed: false, resolution: 'patch' };

const facts: readonly (Omit<MethodFacts, Unusual> & Partial<MethodFacts>)[] = [
  {
    id: 'tis',
    name: 'TIS',
    paper: 'Englebert et al., Explaining through Transformer Input Sampling, ICCV Workshops',
    year: 2023,
    family: 'perturbation',
    cost: 'heavy',
    passes: ofMasks,
    parameters: tisParameters,
  },
  {
    id: 'tis-pixels',
    name: 'TIS (pixels)',
    paper: 'Englebert et al., Explaining through Transformer Input Sampling (ablation), ICCV Workshops',
    year: 2023,
    family: 'perturbation',
    cost: 'heavy',
    passes: ofMasks,
    parameters: tisParameters,
  },
  {
    id: 'vit-cx',
    name: 'ViT-CX',
    paper: 'Xie et al., ViT-CX: Causal Explanation of Vision Transformers, IJCAI',
    year: 2023,
    family: 'perturbation',
    cost: 'medium',
    passes: () => ({ forward: usualClusters, backward: 0 }),
    resolution: 'pixel',
    parameters: [
      { key: 'threshold', name: 'Distance threshold', default: 0.1, least: 0.001, most: 1, whole: false, about: 'Largest cosine distance within a cluster of feature maps.' },
      { key: 'noise', name: 'Noise', default: 0.1, least: 0, most: 1, whole: false, about: 'Deviation of the noise put where a mask hides the image.' },
      seed,
    ], // prettier-ignore
  },
  {
    id: 'tam',
    name: 'TAM',
    paper: 'Yuan et al., Explaining Information Flow Inside Vision Transformers Using Markov Chain, XAI4Debugging',
    year: 2021,
    family: 'gradient',
    cost: 'medium',
    passes: ofSteps,
    parameters: [steps],
  },
  {
    id: 'chefer1',
    name: 'Chefer1',
    paper: 'Chefer et al., Transformer Interpretability Beyond Attention Visualization, CVPR',
    year: 2021,
    family: 'gradient',
    cost: 'light',
    // Once for the gradient, once for the relevance.
    passes: (_, classes) => ({ forward: classes, backward: 2 * classes }),
    parameters: [],
  },
  {
    id: 'chefer2',
    name: 'Chefer2',
    paper: 'Chefer et al., Generic Attention-model Explainability, ICCV',
    year: 2021,
    family: 'gradient',
    cost: 'light',
    passes: (_, classes) => ({ forward: classes, backward: classes }),
    parameters: [],
  },
  {
    id: 'bt-t',
    name: 'BT-T',
    paper: 'Chen et al., Beyond Intuition: Rethinking Token Attributions inside Transformers (token-wise), TMLR',
    year: 2023,
    family: 'gradient',
    cost: 'medium',
    passes: ofSteps,
    parameters: [steps],
  },
  {
    id: 'bt-h',
    name: 'BT-H',
    paper: 'Chen et al., Beyond Intuition: Rethinking Token Attributions inside Transformers (head-wise), TMLR',
    year: 2023,
    family: 'gradient',
    cost: 'medium',
    passes: ofSteps,
    parameters: [steps],
  },
  {
    id: 'rollout',
    name: 'Rollout',
    paper: 'Abnar and Zuidema, Quantifying Attention Flow in Transformers, ACL',
    year: 2020,
    family: 'attention',
    cost: 'light',
    passes: () => ({ forward: 1, backward: 0 }),
    classIndependent: true,
    parameters: [
      { key: 'discard', name: 'Discard ratio', default: 0.9, least: 0, most: 0.99, whole: false, about: 'Share of the lowest attention values of a block that are set to zero.' },
    ], // prettier-ignore
  },
  {
    id: 'rise',
    name: 'RISE',
    paper: 'Petsiuk et al., RISE: Randomized Input Sampling for Explanation of Black-box Models, BMVC',
    year: 2018,
    family: 'perturbation',
    cost: 'heavy',
    passes: ofMasks,
    resolution: 'pixel',
    parameters: [
      { key: 'masks', name: 'Masks', default: 4000, least: 1, most: 20_000, whole: true, about: 'Number of random masks.' },
      { key: 'cells', name: 'Cells', default: 8, least: 2, most: 32, whole: true, about: 'Cells of the random grid along each side.' },
      { key: 'keep', name: 'Keep', default: 0.1, least: 0.01, most: 0.99, whole: false, about: 'Probability that a cell is kept.' },
      seed,
    ], // prettier-ignore
  },
  {
    id: 'integrated-gradients',
    name: 'Integrated Gradients',
    paper: 'Sundararajan et al., Axiomatic Attribution for Deep Networks, ICML',
    year: 2017,
    family: 'gradient',
    cost: 'medium',
    passes: ofSteps,
    signed: true,
    resolution: 'pixel',
    parameters: [{ ...steps, default: 50, about: 'Gauss-Legendre nodes between the mid-grey image and the image.' }],
  },
  {
    id: 'smoothgrad',
    name: 'SmoothGrad',
    paper: 'Smilkov et al., SmoothGrad: removing noise by adding noise',
    year: 2017,
    family: 'gradient',
    cost: 'medium',
    passes: ({ samples = 0 }, classes) => ({ forward: samples * classes, backward: samples * classes }),
    resolution: 'pixel',
    parameters: [
      { key: 'samples', name: 'Samples', default: 50, least: 1, most: 500, whole: true, about: 'Noisy copies of the image.' },
      { key: 'noise', name: 'Noise', default: 1, least: 0, most: 4, whole: false, about: 'Deviation of the noise, in units of the normalised image.' },
      seed,
    ], // prettier-ignore
  },
];

const table = new Map<MethodId, MethodFacts>(facts.map((entry) => [entry.id, { ...usual, ...entry }]));

/** What is known of a method. */
export function methodFacts(id: MethodId): MethodFacts {
  const entry = table.get(id);
  if (entry === undefined) throw new RangeError(`There is no method '${id}'`);
  return entry;
}

/** Whether a text names a method. */
export function isMethodId(text: string): text is MethodId {
  return (methodIds as readonly string[]).includes(text);
}

/** The parameters a run has: the wished ones within their bounds, the published defaults for the rest; unknown keys are dropped. */
export function methodParameters(id: MethodId, wish: MethodParameters = {}): MethodParameters {
  return Object.fromEntries(
    methodFacts(id).parameters.map(({ key, default: usual, least, most, whole }) => {
      const value = Math.max(least, Math.min(most, wish[key] ?? usual));
      return [key, whole ? Math.round(value) : value];
    }),
  );
}

/** Parameters as one text, the same for the same values: the key of cached maps. */
export function parameterText(parameters: MethodParameters): string {
  return Object.keys(parameters)
    .sort()
    .map((key) => `${key}=${String(parameters[key])}`)
    .join(';');
}

/** Passes of the model that maps took, for all classes of an image together. */
export interface MethodCost {
  /** Forward passes of whole images or parts of them. */
  readonly forward: number;
  /** Backward passes: of gradients or of relevance. */
  readonly backward: number;
}

/** A method as it stands with one model. */
export interface MethodOffer {
  readonly id: MethodId;
  /** What a run would use. */
  readonly parameters: MethodParameters;
  /** Why this model cannot be explained by it, in one sentence; null when it can. */
  readonly refusal: string | null;
}

/** The map of one class by one method. */
export interface MethodMap {
  readonly imageId: ImageId;
  readonly method: MethodId;
  /** The class that was asked for, also where the method gives all classes the same map. */
  readonly classIndex: ClassIndex;
  readonly width: number;
  readonly height: number;
  /** `[height * width]` row-major, raw: in the method's own unit. NaN where the method says nothing. */
  readonly values: Float32Array;
  readonly parameters: MethodParameters;
  /** Of the run that made it, which may have made maps of other classes too. */
  readonly milliseconds: number;
  readonly cost: MethodCost;
  readonly cached: boolean;
}
