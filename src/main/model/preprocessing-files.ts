/** Finds what a model's files say about preprocessing: ONNX metadata, preprocessor_config.json, timm's pretrained_cfg. */

import { preprocessingFromHuggingFace, type StatedPreprocessing } from './preprocessing-huggingface.js';
import { type InputSize } from './preprocessing-presets.js';
import { preprocessingFromTimm } from './preprocessing-timm.js';
import { isObject, metadataEntry, type ModelPlace, readSideJson, type Stated } from './side-files.js';

/** Entries of ONNX metadata that mean the same as fields of a pretrained_cfg. */
const timmWords = ['mean', 'std', 'crop_pct', 'crop_mode', 'interpolation'] as const;

/** Ultralytics' classifiers: shorter edge to the size, bilinear, centre crop, pixels from 0 to 1. */
const ultralytics = { crop_pct: 1, interpolation: 'bilinear', mean: 0, std: 1 };

/** `pretrained_cfg` of a timm config.json; the whole of it in files of early versions. */
function timmConfig(config: Stated | undefined): Stated | undefined {
  if (config === undefined || !isObject(config.content)) return undefined;
  const { pretrained_cfg: inner, architecture, input_size: size } = config.content;
  if (isObject(inner)) return { source: `${config.source}: pretrained_cfg`, content: inner };
  return architecture !== undefined && size !== undefined ? config : undefined;
}

function inMetadata(place: ModelPlace, input: InputSize): StatedPreprocessing | undefined {
  const processor = metadataEntry(place, 'preprocessor_config', 'preprocessor_config.json');
  if (processor !== undefined && isObject(processor.content)) return preprocessingFromHuggingFace(processor, input);
  const config = metadataEntry(place, 'pretrained_cfg');
  if (config !== undefined && isObject(config.content)) return preprocessingFromTimm(config, input);
  const entries = timmWords.flatMap((word) => {
    const entry = metadataEntry(place, word);
    return entry === undefined ? [] : [[word, entry.content] as const];
  });
  if (entries.length > 0) {
    return preprocessingFromTimm({ source: 'the ONNX metadata', content: Object.fromEntries(entries) }, input);
  }
  const madeBy = metadataEntry(place, 'author')?.content;
  const isUltralytics = madeBy === 'Ultralytics' && metadataEntry(place, 'task')?.content === 'classify';
  return isUltralytics
    ? preprocessingFromTimm({ source: 'the ONNX metadata', content: ultralytics }, input)
    : undefined;
}

/** Whether a processor is the wrapper of timm's preprocessing, which states a pretrained_cfg instead of fields of its own. */
function isTimmProcessor({ content }: Stated): boolean {
  if (!isObject(content)) return false;
  const { image_processor_type: type, pretrained_cfg: inner } = content;
  return isObject(inner) || (typeof type === 'string' && type.startsWith('TimmWrapper'));
}

/** The pretrained_cfg in the processor of a model of timm that Transformers wrapped. */
function timmProcessor(processor: Stated | undefined): Stated | undefined {
  if (processor === undefined || !isObject(processor.content)) return undefined;
  const { pretrained_cfg: inner } = processor.content;
  return isObject(inner) ? { source: `${processor.source}: pretrained_cfg`, content: inner } : undefined;
}

/** preprocessor_config.json, or the part of a processor_config.json that is about images. */
async function processorFile(place: ModelPlace): Promise<Stated | undefined> {
  const own = await readSideJson(place, 'preprocessor_config.json');
  if (own !== undefined) return own;
  const shared = await readSideJson(place, 'processor_config.json');
  if (shared === undefined || !isObject(shared.content) || !isObject(shared.content.image_processor)) return undefined;
  return { source: `${shared.source}: image_processor`, content: shared.content.image_processor };
}

/**
 * What the files say for a model of this input size; undefined when they say nothing. What the ONNX file itself carries
 * goes before the files beside it, which may belong to another model of the folder.
 * @throws AppError `MODEL_UNREADABLE`, `MODEL_UNSUPPORTED` naming file and field.
 */
export async function preprocessingInFiles(
  place: ModelPlace,
  input: InputSize,
): Promise<StatedPreprocessing | undefined> {
  const inside = inMetadata(place, input);
  if (inside !== undefined) return inside;
  const config = await readSideJson(place, 'config.json');
  const processor = await processorFile(place);
  if (processor !== undefined && !isTimmProcessor(processor)) return preprocessingFromHuggingFace(processor, input);
  const timm = timmProcessor(processor) ?? timmConfig(config);
  return timm === undefined ? undefined : preprocessingFromTimm(timm, input);
}

/** `[3, H, W]`, `[H, W]`, or one number. */
function sizeIn(value: unknown): InputSize | undefined {
  const sides = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  const [height, width = height] = sides.slice(-2);
  if (!Number.isInteger(height) || !Number.isInteger(width)) return undefined;
  return { width: Number(width), height: Number(height) };
}

/** The input size that the files state, for graphs that leave it open; undefined when they do not. @throws as {@link preprocessingInFiles} */
export async function inputSizeInFiles(place: ModelPlace): Promise<InputSize | undefined> {
  const inside = sizeIn(metadataEntry(place, 'input_size', 'imgsz', 'image_size')?.content);
  if (inside !== undefined) return inside;
  const config = await readSideJson(place, 'config.json');
  const timm = timmConfig(config);
  const ofTimm = isObject(timm?.content) ? sizeIn(timm.content.input_size) : undefined;
  const processor = await processorFile(place);
  if (processor !== undefined && !isTimmProcessor(processor)) {
    const { crop, resize } = preprocessingFromHuggingFace(processor, { width: 0, height: 0 }).preprocessing;
    const size = crop ?? (resize.kind === 'exact' ? resize : undefined);
    if (size !== undefined && size.width > 0) return { width: size.width, height: size.height };
  }
  return ofTimm ?? (isObject(config?.content) ? sizeIn(config.content.image_size) : undefined);
}
