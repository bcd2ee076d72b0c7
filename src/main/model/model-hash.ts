/** The hash that every result of a model is kept under, the same on every machine and engine, and those it had in earlier versions. */

import { createHash } from 'node:crypto';
import type { NamedValues, Preprocessing } from '../../shared/model.js';
import { readChunks } from '../files/regular-file.js';
import type { Model } from '../onnx/graph.js';
import { usualScale, type Vit } from './vit.js';

/** A model's hash and what it was called before. */
export interface ModelHash {
  readonly hash: string;
  /** What earlier versions made of the same model, by how their JavaScript engine rounded; never the hash itself. */
  readonly formerHashes: readonly string[];
}

/** What decides a model's results beside its weights. */
export interface HashedFacts {
  /** SHA-256 of the weights, hexadecimal. */
  readonly weights: string;
  readonly preprocessing: Preprocessing;
  readonly vit: Vit;
  readonly values: NamedValues | null;
}

/** SHA-256 of files and of weights elsewhere. */
export async function weightsHash(paths: readonly string[], weights: readonly Uint8Array[] = []): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for await (const part of readChunks(path)) hash.update(part);
  }
  for (const bytes of weights) hash.update(bytes);
  return hash.digest('hex');
}

/** Weights of a graph smaller than this lie in the file itself. */
const smallestElsewhere = 1024;

/** Weights that are no views of the bytes of an ONNX file of `size` bytes: those of data files beside it. */
export function weightsElsewhere({ graph }: Model, size: number): readonly Uint8Array[] {
  return [...graph.initializers.values()]
    .map(({ bytes }) => bytes)
    .filter((bytes) => bytes.length >= smallestElsewhere && bytes.buffer.byteLength !== size);
}

/** How the scale of attention enters a hash: null leaves it to the weights, whose graph says it. */
type SpelledScale = (scale: number, headWidth: number) => number | null;

/** How a ViT is built, without its weights. */
function structureOf(vit: Vit, spelled: SpelledScale): string {
  const blocks = vit.blocks.map(({ attention, feedForward }) => {
    const { layer } = attention;
    return {
      attention: { ...attention, layer: { ...layer, scale: spelled(layer.scale, layer.headWidth) } },
      feedForward,
    };
  });
  return JSON.stringify({ ...vit, blocks }, (key, value: unknown) => (key === 'expression' ? undefined : value));
}

function contentHash({ weights, preprocessing, vit, values }: HashedFacts, spelled: SpelledScale): string {
  const facts = [preprocessing, structureOf(vit, spelled), values];
  return createHash('sha256').update(weights).update(JSON.stringify(facts)).digest('hex');
}

/** The double `steps` places from a positive one. */
function neighbour(value: number, steps: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + BigInt(steps));
  return bits.getFloat64(0);
}

/** How far engines were from the correctly rounded `headWidth ** -0.5`, in places of the last bit. */
const engineSteps = [0, -1, 1] as const;

/**
 * SHA-256 of everything that decides the results: equal hashes mean equal results. Only numbers that files state or that
 * IEEE arithmetic rounds one way go in; a scale that had to be measured is left to the graph that it was measured on.
 */
export function modelHash(facts: HashedFacts): ModelHash {
  const hash = contentHash(facts, (scale, width) => (scale === usualScale(width) ? scale : null));
  // Up to version 0.1.0 the scale went in as `headWidth ** -0.5`, whose last bit is the engine's, or as measured.
  const former = engineSteps.map((steps) =>
    contentHash(facts, (scale, width) => (scale === usualScale(width) ? neighbour(scale, steps) : scale)),
  );
  return { hash, formerHashes: [...new Set(former)].filter((other) => other !== hash) };
}
