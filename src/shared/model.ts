/** The words of models: what a model is, how pictures reach it, what a person chose for it, what it costs. */

import type { ProviderInfo } from './provider.js';

/** A model as people see it. */
export interface ModelSummary {
  /** File or folder name, for display. */
  readonly name: string;
  /** SHA-256 over weights and preprocessing, hexadecimal: the model part of every cache key. */
  readonly hash: string;
  /** Hashes that earlier versions gave to the same model: what is kept under them is this model's. */
  readonly formerHashes?: readonly string[] | undefined;
  readonly source: 'onnx' | 'huggingface' | 'timm';
  readonly classes: readonly string[];
  /** Synset ids by class when the files carry them (`n01440764`), else empty. */
  readonly synsets: readonly string[];
  readonly parameters: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly patchWidth: number;
  readonly patchHeight: number;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly prefixTokens: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly preprocessing: Preprocessing;
  readonly anatomy: ModelAnatomy;
  /** What was assumed because the files do not say it, in plain words. */
  readonly assumptions: readonly string[];
}

/** How a ViT is built, beyond its sizes. */
export interface ModelAnatomy {
  /** Colour channels of the input: 3 or 1. */
  readonly channels: number;
  /** Prefix tokens in order: 'cls', 'distillation', 'register', or 'prefix' where the file does not tell. */
  readonly prefix: readonly ('cls' | 'distillation' | 'register' | 'prefix')[];
  /** Where the blocks normalise: before the branch, after the sum, or inside the branch. */
  readonly blockNorm: 'pre' | 'post' | 'res-post' | 'none';
  readonly normKind: 'layer' | 'rms';
  /** Width of a head of query and key. */
  readonly headWidth: number;
  /** Width of the feed-forward layer. */
  readonly innerWidth: number;
  readonly activation: 'gelu' | 'gelu-tanh' | 'quick-gelu' | 'relu' | 'silu' | 'tanh';
  /** SwiGLU and its kin. */
  readonly gated: boolean;
  readonly qkvBias: boolean;
  readonly qkNorm: boolean;
  readonly layerScale: boolean;
  /** A norm of the tokens before the first block (CLIP). */
  readonly stemNorm: boolean;
  readonly pooling: 'cls' | 'mean-patches' | 'mean-all' | 'cls-and-mean-patches' | 'cls-and-mean-rest' | 'distilled';
  /** How the weights are stored: 'float32', 'float16', 'bfloat16', 'int8', 'int4', the most common first. */
  readonly weightTypes: readonly string[];
  /** What the file itself says and how it was recognised; null for a folder of weights. */
  readonly graph: GraphAnatomy | null;
}

export const pixelRanges = ['normalised', 'unit', 'bytes'] as const;
export type PixelRange = (typeof pixelRanges)[number];

/** Where the parts of a ViT lie in an ONNX graph. Names are those of the file. */
export interface GraphAnatomy {
  /** Version of the standard operator set. */
  readonly opset: number;
  readonly producer: string;
  readonly pixels: {
    readonly name: string;
    readonly layout: 'NCHW' | 'NHWC';
    readonly type: string;
    /** The batch size that the graph is fixed to; null when any is allowed. */
    readonly batch: number | null;
    /** Whether the graph leaves the size of the picture open. */
    readonly dynamicSize: boolean;
    /** Which pixels the graph takes: normalised ones, or values of 0 to 1 or 0 to 255 that it normalises itself. */
    readonly range: PixelRange;
  };
  /** The residual stream before the first block; null where the file has no value of it (inside a fused operator). */
  readonly tokens: string | null;
  readonly blocks: readonly {
    /** The residual stream after the block. */
    readonly output: string | null;
    /** Attention probabilities `[B, heads, S, S]`. */
    readonly attention: string | null;
  }[];
  readonly logits: string;
  /** What the value called `logits` holds. */
  readonly output: 'logits' | 'probabilities' | 'log-probabilities';
  /** What was done to the graph before it could be read, in plain words ('opened 12 fused attention operators'). */
  readonly passes: readonly string[];
  /** Largest difference between the original and the model rebuilt from it, relative to the size of the values. */
  readonly difference: number;
}

/** Names of values by which a person corrects what was recognised in an ONNX graph; each may be left out. */
export interface NamedValues {
  /** The picture input. */
  readonly pixels?: string | undefined;
  /** The residual stream before the first block. */
  readonly tokens?: string | undefined;
  readonly logits?: string | undefined;
}

/** What a person wants instead of what the model's files say. Null: as the files say. */
export interface ModelChoice {
  readonly preprocessing: PreprocessingChoice | null;
  readonly classNames: ClassNamesChoice | null;
  readonly values: NamedValues | null;
}

/** Where class names come from instead of the model's files: the ImageNet-1k list, or a text or JSON file. */
export type ClassNamesChoice = { readonly kind: 'imagenet' } | { readonly kind: 'file'; readonly path: string };

export const preprocessingPresets = ['imagenet', 'inception', 'clip', 'none'] as const;
export type PreprocessingPreset = (typeof preprocessingPresets)[number];

/** How a resize treats the shape of the image. */
export const resizeKinds = ['shortest-edge', 'longest-edge', 'exact'] as const;
export type ResizeKind = (typeof resizeKinds)[number];

/** Changes to a preprocessing; what is left out stays as the preset, or else the files, say. */
export interface PreprocessingChoice {
  readonly preset?: PreprocessingPreset | undefined;
  /** `shortest-edge` and `longest-edge` keep the shape of the image, `exact` squashes it. */
  readonly resizeKind?: ResizeKind | undefined;
  /** Pixels of that edge (of both for `exact`). */
  readonly resize?: number | undefined;
  /** Side of the centre crop or pad, 0 for none. */
  readonly crop?: number | undefined;
  readonly interpolation?: Preprocessing['interpolation'] | undefined;
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
}

/** How an image becomes the model's input tensor. */
export interface Preprocessing {
  readonly resize:
    | { readonly kind: 'shortest-edge' | 'longest-edge'; readonly size: number }
    | { readonly kind: 'exact'; readonly width: number; readonly height: number };
  readonly interpolation: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos';
  /** Centre crop after the resize, or pad where the resized image is smaller; null for none. */
  readonly crop: { readonly width: number; readonly height: number } | null;
  /** Colour (0 to 255) of what the crop adds around the image; black when left out. */
  readonly fill?: readonly [number, number, number] | undefined;
  /** Factor on 0..255 values before mean and std. */
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** What running a model costs and what it runs on; estimates say so by being round numbers in the window. */
export interface ModelCosts {
  /** Multiply-adds times two of one image through the whole model. */
  readonly flops: number;
  /** Of one TIS mask that keeps half of the tokens. */
  readonly flopsMask: number;
  /** Bytes of the weights as float32, as they lie in memory. */
  readonly weightBytes: number;
  /** Bytes of the weights as the file stores them. */
  readonly storedBytes: number;
  /** Bytes that one image needs at the widest point of a run. */
  readonly activationBytes: number;
  /** Which execution provider will run it, and why not a faster one. */
  readonly provider: ProviderInfo;
}

/** How far the two halves `encode(embed(x))` are from the model as the file has it, on random input. */
export interface CutProof {
  /** Largest difference of the logits, relative to the larger of 1 and the largest logit. */
  readonly difference: number;
  /** The same with a random half of the patch tokens and all prefix tokens. */
  readonly subsetDifference: number;
  /** Number of patch tokens in that subset. */
  readonly subsetTokens: number;
  /** What the whole was compared with: the file's own graph, or (for weights) the same model in unfused operators. */
  readonly against: 'file' | 'unfused';
  /** What the subset was compared with: the file's own graph cut at its tokens, where it can be freed of its token count. */
  readonly subsetAgainst: 'file' | 'unfused';
}

/** Everything `hognose model inspect` and the model page tell of a model. */
export interface ModelInspection {
  readonly summary: ModelSummary;
  readonly costs: ModelCosts;
  readonly proof: CutProof;
}
