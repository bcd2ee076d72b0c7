/** Finds the ONNX file in a folder that an exporter left behind: Optimum's, or transformers.js with its `onnx` folder. */

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { unsupported } from './not-vit.js';

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

/**
 * The graph of a folder without safetensors weights: `model.onnx`, or the only ONNX file, there or in `onnx`; null where
 * there is none, or where weights lie in the folder itself.
 * @throws AppError `MODEL_UNSUPPORTED` naming the files when there are several to choose from.
 */
export async function exportedGraph(folder: string): Promise<string | null> {
  const files = await filesIn(folder);
  if (files.some((name) => name.endsWith('.safetensors') || name.endsWith('.safetensors.index.json'))) return null;
  for (const place of [folder, join(folder, 'onnx')]) {
    const graphs = (await filesIn(place)).filter((name) => /\.onnx$/i.test(name)).sort();
    const chosen = graphs.find((name) => name === 'model.onnx') ?? (graphs.length === 1 ? graphs[0] : undefined);
    if (chosen !== undefined) return join(place, chosen);
    if (graphs.length > 1) {
      throw unsupported(
        basename(folder),
        `it holds ${String(graphs.length)} ONNX files: ${graphs.slice(0, 8).join(', ')}`,
        'Choose one of the files instead of the folder.',
      );
    }
  }
  return null;
}
