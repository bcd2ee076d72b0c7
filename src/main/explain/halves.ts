/** The two halves of a ViT as sessions: pixels to tokens, and any sets of those tokens to probabilities and their logarithms. Predicting and scoring share them. */

import type { Precision } from '../../shared/precision.js';
import { type Vit, classCount, parameterCount, tokenCount } from '../model/vit.js';
import { embed, encode, tokensRead } from '../model/vit-graph.js';
import { GraphBuilder } from '../onnx/builder.js';
import type { Model } from '../onnx/graph.js';
import { fuse } from '../onnx/passes/fuse.js';
import { fuseAttention } from '../onnx/passes/fuse-attention.js';
import { fuseBiasGelu, fuseSkips } from '../onnx/passes/fuse-skips.js';
import { toFloat16 } from '../onnx/passes/to-float16.js';
import { toInt8 } from '../onnx/passes/to-int8.js';
import { prune } from '../onnx/prune.js';
import { type CreateSession, type RunTensor, type Session, floatOutput, floats, indices } from '../onnx/runner.js';
import { pixelsInput } from './graph-inputs.js';

/** Tokens of images back to back, `[images, T, D]`: the residual stream before the first block. */
export interface TokenTable {
  readonly values: Float32Array;
  readonly images: number;
}

/** How many items are run at once. */
export interface Batches {
  /** Items in the next batch at most. */
  readonly limit: number;
  /** Runs `work` over the items 0 to `count - 1`, from the first item on so many at a time; its results in order, one a batch. */
  run<T>(count: number, work: (from: number, size: number) => Promise<T>): Promise<T[]>;
}

/** How the graphs are to run. */
export interface HalvesOptions {
  readonly target: 'cpu' | 'cuda';
  /** Of the encoder; inputs and outputs are float32. */
  readonly precision: Precision;
  /** Of sets of tokens. */
  readonly batches: Batches;
  /** Bytes of weights below which a model is small; for tests. */
  readonly smallModel?: number;
}

/** What an encoder that is observed computes of one image. */
export interface Observed {
  /** `[1, C]`. */
  readonly probabilities: Float32Array;
  /** The residual stream after every block, each `[1, T, D]`. */
  readonly blocks: readonly RunTensor[];
}

/** Sets of tokens that a processor encodes at once; on ViT-Tiny and ViT-B 4 to 16 are alike, more leave its cache. */
const processorBatch = 8;

/** Float32 on the processor. */
export const processorHalves: HalvesOptions = {
  target: 'cpu',
  precision: 'float32',
  batches: {
    limit: processorBatch,
    run: async (count, work) => {
      const results = [];
      for (let from = 0; from < count; from += processorBatch) {
        results.push(await work(from, Math.min(processorBatch, count - from)));
      }
      return results;
    },
  },
};

function embedGraph(vit: Vit): Model {
  const g = new GraphBuilder('embed');
  g.output('tokens', embed(g, vit, pixelsInput(g, vit)), 'float32', ['batch', tokenCount(vit), vit.width]);
  return g.model();
}

function blockName(index: number): string {
  return `block_${String(index)}`;
}

/**
 * `tokens [n, T, D]` and `rows [m, S]`, places among all n T tokens, prefix first, to `probabilities [m, C]` and their logarithms. Tokens that
 * are in no row do not exist for the encoder. One that is observed also gives the residual stream after every block, and
 * where the head reads some tokens only, `read [1]` says how many of each row the last block computes.
 */
function encodeGraph(vit: Vit, options: HalvesOptions, observed: boolean): Model {
  const g = new GraphBuilder('encode');
  const tokens = g.input('tokens', 'float32', ['n', tokenCount(vit), vit.width]);
  const rows = g.input('rows', 'int32', ['m', 'S']);
  const table = g.reshape(tokens, -1, vit.width);
  const read = observed && tokensRead(vit) !== null ? g.input('read', 'int64', [1]) : undefined;
  const { logits, blocks } = encode(g, vit, { table, rows }, { blockOutputs: false, read });
  g.output('probabilities', g.softmax(logits), 'float32', ['m', classCount(vit)]);
  // Not the logarithm of the above: a probability below 1e-38 is none there.
  g.output('log_probabilities', g.op('LogSoftmax', [logits], { axis: -1 }), 'float32', ['m', classCount(vit)]);
  for (const [index, { output }] of observed ? blocks.entries() : []) {
    g.output(blockName(index), output, 'float32', ['m', index < blocks.length - 1 ? 'S' : 'last', vit.width]);
  }
  const model = g.model();
  return compiled({ ...model, graph: prune(model.graph) }, options);
}

/** Both halves in one, for whole images: pixels to `probabilities [batch, C]`. */
function wholeGraph(vit: Vit, options: HalvesOptions): Model {
  const g = new GraphBuilder('whole');
  const { logits } = encode(g, vit, embed(g, vit, pixelsInput(g, vit)), { blockOutputs: false });
  g.output('probabilities', g.softmax(logits), 'float32', ['batch', classCount(vit)]);
  return compiled(g.model(), options);
}

/**
 * Weights of fewer bytes than this lie in memory three times: for sets of tokens; for whole images, which saves looking tokens
 * up (12 % of the time of the demo model, 2 % of a ViT-Tiny, nothing of a ViT-B); and for finding masks, see tis.ts. Of
 * larger models one session does all three, which costs a ViT-B no time and saves it 346 MB.
 */
const smallModel = 5e7;
const floatBytes = 4;

/** The graph in the operators and the precision that it is to run with. */
function compiled(model: Model, { target, precision }: HalvesOptions): Model {
  switch (precision) {
    case 'float32':
      return fuse(model, target);
    case 'float16':
      return toFloat16(fuse(model, target));
    case 'int8':
      // Products stay in front of attention, so that they run on integers too.
      return toInt8(fuseSkips(fuseBiasGelu(fuseAttention(model, { joined: false }))));
  }
}

/** Rows of `[count, width]` pieces one after the other. */
function joined(pieces: readonly Float32Array[]): Float32Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export class Halves {
  readonly #vit: Vit;
  readonly #embed: Session;
  readonly #encode: Session;
  /** Null where whole images go through the halves. */
  readonly #whole: Session | null;
  readonly #batches: Batches;

  private constructor(vit: Vit, sessions: readonly [Session, Session, Session | null], batches: Batches) {
    this.#vit = vit;
    [this.#embed, this.#encode, this.#whole] = sessions;
    this.#batches = batches;
  }

  static async create(
    vit: Vit,
    createSession: CreateSession,
    options: HalvesOptions = processorHalves,
  ): Promise<Halves> {
    const isSmall = parameterCount(vit) * floatBytes < (options.smallModel ?? smallModel);
    return new Halves(
      vit,
      [
        await createSession(embedGraph(vit)),
        await createSession(encodeGraph(vit, options, !isSmall)),
        isSmall ? await createSession(wholeGraph(vit, options)) : null,
      ],
      options.batches,
    );
  }

  /** Whether {@link observe} can be asked for: where the model is large. */
  get isObserved(): boolean {
    return this.#whole === null;
  }

  /** Sets of tokens to hand over at once. */
  get batch(): number {
    return this.#batches.limit;
  }

  /** `images` preprocessed inputs back to back to their tokens. */
  async tokens(pixels: Float32Array, images: number): Promise<TokenTable> {
    const { channels, inputHeight, inputWidth } = this.#vit;
    const outputs = await this.#embed.run({ pixels: floats(pixels, images, channels, inputHeight, inputWidth) });
    return { values: floatOutput(outputs, 'tokens'), images };
  }

  /** Class probabilities `[count, C]` of `count` sets of tokens: `rows [count, S]`, places in the table, prefix first. */
  probabilities(table: TokenTable, rows: Int32Array, count: number): Promise<Float32Array> {
    return this.#encoded('probabilities', table, rows, count);
  }

  /** Their logarithms, `[count, C]`. */
  logProbabilities(table: TokenTable, rows: Int32Array, count: number): Promise<Float32Array> {
    return this.#encoded('log_probabilities', table, rows, count);
  }

  async #encoded(
    output: 'probabilities' | 'log_probabilities',
    table: TokenTable,
    rows: Int32Array,
    count: number,
  ): Promise<Float32Array> {
    const tokens = floats(table.values, table.images, tokenCount(this.#vit), this.#vit.width);
    const size = rows.length / count;
    const pieces = await this.#batches.run(count, async (from, some) => {
      const part = rows.subarray(from * size, (from + some) * size);
      const feeds = { tokens, rows: { type: 'int32', data: part, dims: [some, size] } as const };
      const outputs = await this.#encode.run({ ...feeds, ...this.#read(tokensRead(this.#vit)) }, [output]);
      return floatOutput(outputs, output);
    });
    return joined(pieces);
  }

  /** `images` preprocessed inputs back to back to their class probabilities, `[images, C]`. */
  async predict(pixels: Float32Array, images: number): Promise<Float32Array> {
    const size = pixels.length / images;
    const count = tokenCount(this.#vit);
    const { channels, inputHeight, inputWidth } = this.#vit;
    const pieces = await this.#batches.run(images, async (from, some) => {
      const part = pixels.subarray(from * size, (from + some) * size);
      if (this.#whole !== null) {
        const outputs = await this.#whole.run({ pixels: floats(part, some, channels, inputHeight, inputWidth) });
        return floatOutput(outputs, 'probabilities');
      }
      const table = await this.tokens(part, some);
      const rows = Int32Array.from({ length: some * count }, (_, row) => row);
      return this.probabilities(table, rows, some);
    });
    return joined(pieces);
  }

  /** Everything that an observed encoder computes of one whole image: `probabilities [1, C]` and the stream after every block. */
  async observe(table: TokenTable): Promise<Observed> {
    const count = tokenCount(this.#vit);
    const rows = Int32Array.from({ length: count }, (_, row) => row);
    const outputs = await this.#encode.run({
      tokens: floats(table.values, 1, count, this.#vit.width),
      rows: { type: 'int32', data: rows, dims: [1, count] },
      ...this.#read(count),
    });
    const blocks = this.#vit.blocks.map((_, index) =>
      floats(floatOutput(outputs, blockName(index)), 1, count, this.#vit.width),
    );
    return { probabilities: floatOutput(outputs, 'probabilities'), blocks };
  }

  /** How many tokens the last block computes, where that is an input. */
  #read(count: number | null): Record<string, RunTensor> {
    return !this.isObserved || tokensRead(this.#vit) === null || count === null ? {} : { read: indices([count], 1) };
  }

  async release(): Promise<void> {
    await this.#embed.release();
    await this.#encode.release();
    await this.#whole?.release();
  }
}
