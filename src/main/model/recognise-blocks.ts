/** Finds the chain of Transformer blocks in a graph by its residual additions, whatever the operators are called. */

import { type Node, intAttribute } from '../onnx/graph.js';
import { type Flow, type Region, isNorm, swapsLastTwo } from './flow.js';
import { notVit } from './not-vit.js';

/** One softmax attention: where its operands, scores and result lie. */
export interface Site {
  readonly scores: Node;
  readonly softmax: Node;
  readonly mix: Node;
  /** Operands of the product of queries and keys. */
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Whether the product is that of keys and queries, transposed before the softmax. */
  readonly scoresTurned: boolean;
  /** Whether the probabilities stand on the right of the product with the values, all of it transposed. */
  readonly turned: boolean;
}

export interface AttentionPart {
  readonly kind: 'attention';
  /** One, or one a head. */
  readonly sites: readonly Site[];
  /** The linear layers of queries, keys and values. */
  readonly inputs: readonly Node[];
  /** Norms between them and the product: QK-norm. */
  readonly norms: readonly Node[];
}

export interface FeedForwardPart {
  readonly kind: 'feed-forward';
  /** One linear layer, or two with a gate. */
  readonly inputs: readonly Node[];
}

/** A branch of the residual stream. */
export interface BranchSite {
  /** The stream that it reads. */
  readonly stream: string;
  readonly before: Node | null;
  readonly part: AttentionPart | FeedForwardPart;
  /** The last linear layer. */
  readonly out: Node;
  readonly inside: Node | null;
  /** What is added to the stream. */
  readonly result: string;
  readonly sum: string;
  readonly after: Node | null;
  /** The stream after the branch. */
  readonly next: string;
}

export interface BlockSite {
  readonly attention: BranchSite;
  readonly feedForward: BranchSite;
}

export interface Chain {
  /** The residual stream before the first block. */
  readonly tokens: string;
  readonly blocks: readonly BlockSite[];
}

/** Softmaxes over the last axis that carry data, with the product of two activations before them. */
export function attentionSoftmaxes(flow: Flow): readonly Node[] {
  return flow.graph.nodes.filter(
    (node) => node.op === 'Softmax' && flow.isData(node.inputs[0]) && scoresOf(flow, node) !== undefined,
  );
}

/** The product of queries and keys whose scaled, masked result a softmax takes. */
function scoresOf(flow: Flow, softmax: Node): Node | undefined {
  let name = flow.core(softmax.inputs[0] ?? '');
  for (let hops = 0; hops < 16; hops += 1) {
    const node = flow.producer(name);
    if (!node) return undefined;
    if (flow.isProduct(node)) return node;
    const data = flow.dataInputs(node);
    if (!['Mul', 'Div', 'Add', 'Sub', 'Where', 'Clip', 'Max', 'Min'].includes(node.op) || data.length !== 1)
      return undefined;
    name = flow.core(data[0] ?? '');
  }
  return undefined;
}

/** Additions that join a branch to `stream`, with the branch's operand. */
function joinsOf(flow: Flow, stream: string): readonly { sum: string; result: string; node: Node }[] {
  const seen = new Set<Node>();
  return flow.onward(stream).flatMap(({ node }) => {
    if (!flow.isJoin(node) || seen.has(node)) return [];
    seen.add(node);
    const [a = '', b = ''] = node.inputs;
    const [skipA, skipB] = [flow.core(a) === stream, flow.core(b) === stream];
    if (skipA === skipB) return [];
    return [{ sum: node.outputs[0] ?? '', result: skipA ? b : a, node }];
  });
}

export class BlockFinder {
  readonly #flow: Flow;
  readonly #file: string;

  constructor(flow: Flow, file: string) {
    this.#flow = flow;
    this.#file = file;
  }

  /**
   * Follows the residual stream from the first attention (or from the value called `tokens`) to its end.
   * @throws AppError `MODEL_NOT_VIT` saying which block does something else.
   */
  chain(tokens: string | undefined): Chain {
    const start = tokens === undefined ? this.#firstStream() : this.#namedStream(tokens);
    const blocks: BlockSite[] = [];
    let stream = start;
    for (;;) {
      const attention = this.#branch(stream, blocks.length);
      if (!attention) break;
      if (attention.part.kind !== 'attention') {
        throw this.#refuse(blocks.length, 'begins with a feed-forward layer instead of attention');
      }
      const feedForward = this.#branch(attention.next, blocks.length, attention.after !== null);
      if (feedForward?.part.kind !== 'feed-forward') {
        throw this.#refuse(blocks.length, 'has attention that no feed-forward layer follows');
      }
      blocks.push({ attention, feedForward });
      stream = feedForward.next;
    }
    if (blocks.length === 0)
      throw notVit(this.#file, `no residual addition follows '${start}', so it has no Transformer blocks`);
    return { tokens: start, blocks };
  }

  #refuse(block: number, reason: string): Error {
    return notVit(this.#file, `block ${String(block + 1)} ${reason}, which a plain ViT does not`);
  }

  #namedStream(name: string): string {
    const { graph } = this.#flow;
    const stream = this.#flow.core(name);
    if (joinsOf(this.#flow, stream).length > 0) return stream;
    throw notVit(
      this.#file,
      `the value '${name}' named as tokens is no residual stream: no branch of '${graph.name}' is added to it`,
      'Name the value that the first block reads and adds its attention to, or leave the name out.',
    );
  }

  /** The residual stream that the first attention reads. */
  #firstStream(): string {
    for (const softmax of attentionSoftmaxes(this.#flow)) {
      const region = this.#flow.regionBefore(softmax.inputs[0] ?? '', new Set());
      for (const linear of region.linears) {
        const read = this.#flow.core(linear.inputs[0] ?? '');
        const norm = this.#flow.normOf(read);
        const candidates = [...(norm ? [this.#flow.core(norm.inputs[0] ?? '')] : []), read];
        const stream = candidates.find((name) => joinsOf(this.#flow, name).length > 0);
        if (stream !== undefined) return stream;
      }
    }
    throw notVit(this.#file, 'its attention belongs to no residual stream');
  }

  /** The branch that joins `stream`; undefined where the stream ends. `postNorm` says that this block normalises its sums. */
  #branch(stream: string, block: number, postNorm = false): BranchSite | undefined {
    const joins = joinsOf(this.#flow, stream);
    const [join] = joins;
    if (!join) return undefined;
    const { result, sum } = join;
    const { out, inside } = this.#outLayer(result, block);
    const region = this.#flow.regionBefore(out.inputs[0] ?? '', new Set([stream]));
    const inputs = region.linears;
    const read = new Set(inputs.map((linear) => this.#flow.core(linear.inputs[0] ?? '')));
    const [source, ...others] = read;
    if (source === undefined || region.reached.size > 0) {
      throw this.#refuse(block, 'mixes the residual stream itself into a branch without a linear layer');
    }
    if (others.length > 0)
      throw this.#refuse(block, `feeds one branch from several values ('${source}', '${others[0] ?? ''}')`);
    const before = this.#before(source, stream, block);
    const part = this.#part(region, inputs, block);
    const after = this.#after(sum, postNorm);
    return { stream, before, part, out, inside, result, sum, after, next: after ? (after.outputs[0] ?? '') : sum };
  }

  #before(source: string, stream: string, block: number): Node | null {
    if (source === stream) return null;
    const norm = this.#flow.normOf(source);
    if (norm && this.#flow.core(norm.inputs[0] ?? '') === stream) return norm;
    throw this.#refuse(
      block,
      `has a branch that reads '${source}' and is added to '${stream}' (parallel branches, token reduction or shifted windows)`,
    );
  }

  /** Walks back from what is added to the stream over bias, LayerScale and an inner norm to the last linear layer. */
  #outLayer(result: string, block: number): { out: Node; inside: Node | null } {
    let inside: Node | null = null;
    let name = this.#flow.core(result);
    for (let hops = 0; hops < 32; hops += 1) {
      const node = this.#flow.producer(name);
      if (!node) break;
      if (this.#flow.isLinear(node)) return { out: node, inside };
      const data = this.#flow.dataInputs(node);
      if (isNorm(node) && !inside) inside = node;
      else if (this.#flow.isJoin(node)) {
        throw this.#refuse(
          block,
          `adds two branches to the residual stream at once ('${name}', parallel attention and feed-forward layers)`,
        );
      } else if (!['Mul', 'Div', 'Add', 'Sub', 'Neg'].includes(node.op) || data.length !== 1) {
        throw this.#refuse(block, `ends a branch with the operator ${node.op} ('${name}')`);
      }
      name = this.#flow.core(data[0] ?? '');
    }
    throw this.#refuse(block, `has a branch without a linear layer ('${result}')`);
  }

  /** The norm that makes the next stream out of a sum, where blocks normalise after the addition. */
  #after(sum: string, postNorm: boolean): Node | null {
    if (joinsOf(this.#flow, sum).length > 0) return null;
    const nodes = new Set(this.#flow.onward(sum).map(({ node }) => node));
    const [norm, ...others] = nodes;
    if (!norm || others.length > 0 || !isNorm(norm)) return null;
    return postNorm || joinsOf(this.#flow, norm.outputs[0] ?? '').length > 0 ? norm : null;
  }

  #part(region: Region, inputs: readonly Node[], block: number): AttentionPart | FeedForwardPart {
    const conv = region.nodes.find((node) => node.op === 'Conv');
    if (conv) throw this.#refuse(block, `has a convolution ('${conv.name || (conv.outputs[0] ?? '')}') inside`);
    const products = region.nodes.filter((node) => this.#flow.isProduct(node));
    if (products.length === 0) return { kind: 'feed-forward', inputs };
    const sites = products.flatMap((mix) => this.#site(mix, block) ?? []);
    if (sites.length === 0 || products.length !== 2 * sites.length) {
      throw this.#refuse(block, 'multiplies activations without a softmax between them');
    }
    const norms = region.nodes.filter(isNorm);
    return { kind: 'attention', sites, inputs, norms };
  }

  /** The attention whose probabilities a product uses; undefined for the product of queries and keys. */
  #site(mix: Node, block: number): Site | undefined {
    const [a = '', b = ''] = mix.inputs;
    for (const [probabilities, value, turned] of [
      [a, b, false],
      [b, a, true],
    ] as const) {
      const softmax = this.#flow.producer(this.#flow.core(probabilities));
      if (softmax?.op !== 'Softmax') continue;
      if (turned && !this.#isTurned(probabilities, softmax)) continue;
      if (intAttribute(softmax, 'axis', -1) === 0) throw this.#refuse(block, 'has a softmax over the batch');
      const scores = scoresOf(this.#flow, softmax);
      if (!scores)
        throw this.#refuse(
          block,
          `has attention scores that are more than a scaled product ('${softmax.inputs[0] ?? ''}')`,
        );
      const [left = '', right = ''] = scores.inputs;
      const scoresTurned = this.#isTurned(softmax.inputs[0] ?? '', scores);
      const [query, key] = scoresTurned ? [right, left] : [left, right];
      return { scores, softmax, mix, query, key, value, scoresTurned, turned };
    }
    return undefined;
  }

  /** Whether the result of `source` reaches `value` with its last two axes swapped once. */
  #isTurned(value: string, source: Node): boolean {
    let swaps = 0;
    for (let node = this.#flow.producer(value); node && node !== source;) {
      if (node.op === 'Transpose') swaps += swapsLastTwo(node) ? 1 : 2;
      node = this.#flow.producer(this.#flow.dataInputs(node)[0] ?? '');
    }
    return swaps === 1;
  }
}
