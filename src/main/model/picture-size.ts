/** The size of the picture for a graph that leaves it open: stated, or worked out from the position embedding. */

import type { Graph } from '../onnx/graph.js';
import { Flow } from './flow.js';
import { unsupported } from './not-vit.js';
import type { PixelInput } from './pixel-input.js';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Numbers of prefix tokens in use: none, CLS, CLS with distillation, registers with and without CLS. */
const prefixes = [1, 2, 0, 5, 4, 3, 9, 8, 17, 16] as const;

/** Tokens of the constants that are added to the tokens, and the patch of the projection. */
function embeddings(
  graph: Graph,
  pixels: string,
): { patch: PictureSize; width: number; tokens: readonly number[] } | null {
  const flow = new Flow(graph, pixels);
  const conv = graph.nodes.find((node) => node.op === 'Conv' && flow.isData(node.inputs[0]));
  const kernel = graph.initializers.get(conv?.inputs[1] ?? '');
  const [width = 0, , height = 0, wide = 0] = kernel?.dims ?? [];
  if (kernel?.dims.length !== 4) return null;
  // Position embeddings are added as they are, or resized and rearranged first: any constant of that width is looked at.
  const tokens = [...graph.initializers.values()]
    .filter(({ dims }) => dims.length === 3 && dims[0] === 1 && (dims[1] ?? 0) > 1 && dims[2] === width)
    .map(({ dims }) => dims[1] ?? 0);
  return { patch: { width: wide, height }, width, tokens };
}

/** @throws AppError `MODEL_UNSUPPORTED` when the graph leaves the size open and nothing tells it. */
export function pictureSize(
  graph: Graph,
  pixels: PixelInput,
  stated: PictureSize | undefined,
  file: string,
): PictureSize {
  const { height, width } = pixels;
  if (height !== null && width !== null) return { height, width };
  if (stated) return { height: height ?? stated.height, width: width ?? stated.width };
  const found = embeddings(graph, pixels.name);
  for (const tokens of found ? [...found.tokens].sort((a, b) => b - a) : []) {
    for (const prefix of prefixes) {
      const side = Math.sqrt(tokens - prefix);
      if (!Number.isInteger(side) || side < 2 || !found) continue;
      return { height: height ?? side * found.patch.height, width: width ?? side * found.patch.width };
    }
  }
  throw unsupported(
    file,
    'it takes pictures of any size, so the size that it was trained with is not known',
    'Put its preprocessor_config.json beside it, state the size (--crop), or export it with a fixed size.',
  );
}
