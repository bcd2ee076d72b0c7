/** A Vision Transformer classifier as anatomy and weights, independent of the file it came from. */

/** Scale and shift of a layer normalisation, each `[D]`. */
export interface Norm {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** `y = x W + b` with `W` `[inputs, outputs]` row-major and `b` `[outputs]`. */
export interface Linear {
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A pre-norm block: `u = x + projection(attention(norm1(x)))`, `y = u + mlpOut(gelu(mlpIn(norm2(u))))`. */
export interface Block {
  readonly norm1: Norm;
  /** Outputs `[q | k | v]`, each `heads` consecutive heads; `[D, 3D]`. */
  readonly qkv: Linear;
  readonly projection: Linear;
  readonly norm2: Norm;
  readonly mlpIn: Linear;
  readonly mlpOut: Linear;
}

export interface Vit {
  readonly channels: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly patchHeight: number;
  readonly patchWidth: number;
  readonly gridHeight: number;
  readonly gridWidth: number;
  /** Tokens before the patch tokens; the first is CLS. */
  readonly prefixTokens: number;
  readonly width: number;
  readonly heads: number;
  readonly normEpsilon: number;
  /** Patch projection `[D, channels, patchHeight, patchWidth]`, without bias. */
  readonly patchWeight: Float32Array;
  /** The tokens of an all-zero input, `[prefix + patches, D]`: CLS, position embedding and the projection's bias in one. */
  readonly tokensAtZero: Float32Array;
  readonly blocks: readonly Block[];
  readonly norm: Norm;
  /** `[D, classes]` on the CLS token. */
  readonly head: Linear;
}

/** Number of patch tokens, N. */
export function patchCount(vit: Vit): number {
  return vit.gridHeight * vit.gridWidth;
}

/** Number of hidden columns, blocks times width: the rows of the k-means data matrix. */
export function hiddenColumns(vit: Vit): number {
  return vit.blocks.length * vit.width;
}

function linearSize({ weight, bias }: Linear): number {
  return weight.length + bias.length;
}

function normSize({ scale, shift }: Norm): number {
  return scale.length + shift.length;
}

/** Number of parameters of the usual layout: prefix tokens, position embedding and the projection's bias, which {@link Vit.tokensAtZero} holds as one. */
export function parameterCount(vit: Vit): number {
  const blocks = vit.blocks.map(
    (block) =>
      normSize(block.norm1) +
      linearSize(block.qkv) +
      linearSize(block.projection) +
      normSize(block.norm2) +
      linearSize(block.mlpIn) +
      linearSize(block.mlpOut),
  );
  const trunk =
    vit.patchWeight.length +
    vit.tokensAtZero.length +
    vit.width * (1 + vit.prefixTokens) +
    normSize(vit.norm) +
    linearSize(vit.head);
  return blocks.reduce((sum, size) => sum + size, trunk);
}
