/** Refuses pickled checkpoints, which run code when they are loaded, with the one command that converts the very file. */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { AppError } from '../../shared/errors.js';
import { unsupported } from './not-vit.js';

const pickled: ReadonlySet<string> = new Set(['.bin', '.pth', '.pt', '.ckpt', '.pkl', '.pickle']);

/** Whether a path is named as PyTorch names pickled files. */
export function isPickle(path: string): boolean {
  return pickled.has(extname(path).toLowerCase());
}

/** Whether a file is named as pickled weights are, and not as the other pickles of a training. */
export function isPickledWeights(name: string): boolean {
  return isPickle(name) && !/optim|scheduler|rng_state|random_states|scaler|training_args/i.test(name);
}

/** A shell word; paths are rarely more than that, and quotes in them are escaped. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["$`\\]/g, (mark) => (mark === '\\' && process.platform === 'win32' ? mark : `\\${mark}`))}"`;
}

function convertCommand(from: string, to: string): string {
  const script = [
    'import sys, torch',
    'from safetensors.torch import save_file',
    "c = torch.load(sys.argv[1], map_location='cpu', weights_only=True)",
    "s = c.get('state_dict', c.get('model', c))",
    "save_file({k: v.clone().contiguous() for k, v in s.items() if hasattr(v, 'clone')}, sys.argv[2])",
  ].join('; ');
  return `python -c "${script}" ${quoted(from)} ${quoted(to)}`;
}

/** The refusal of the pickled file at `path`. */
export async function refusedPickle(path: string): Promise<AppError> {
  const folder = dirname(path);
  const configured = (await stat(join(folder, 'config.json')).catch(() => null))?.isFile() === true;
  const then = configured
    ? `then choose the folder ${folder}.`
    : 'then put the config.json of the model beside it (for timm models: {"architecture": "vit_base_patch16_224", "num_classes": 10}) and choose the folder.';
  return unsupported(
    basename(path),
    'it is a pickled checkpoint, which can run code when it is opened',
    `Convert it where it was trained: ${convertCommand(path, join(folder, 'model.safetensors'))}; ${then}`,
  );
}

/** Files that hold a model's weights before other pickles of a training, such as the state of an optimizer. */
const usual = ['pytorch_model.bin', 'model.pth', 'model.pt', 'model.ckpt', 'checkpoint.pth'];

/**
 * Refuses a folder whose weights are pickled only; returns when it has none.
 * @throws AppError `MODEL_UNSUPPORTED` with the command.
 */
export async function refusePickles(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter(isPickle).sort();
  if (names.some((name) => /^pytorch_model-\d+-of-\d+\.bin$/.test(name))) {
    const script =
      'import sys; from transformers import AutoModelForImageClassification as M; M.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[1], safe_serialization=True)';
    throw unsupported(
      folder,
      'its weights are pickled, which can run code when they are opened',
      `Convert them where they were trained: python -c "${script}" ${quoted(folder)}`,
    );
  }
  const name = usual.find((one) => names.includes(one)) ?? names.find(isPickledWeights);
  if (name !== undefined) throw await refusedPickle(join(folder, name));
}
