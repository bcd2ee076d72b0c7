/** Where preprocessing comes from: the person's choice, presets, the files of each library, assumptions; and how it is made to fit. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolvePreprocessing, statedInputSize } from '../../../src/main/model/preprocessing.js';
import type { PreprocessingChoice } from '../../../src/shared/model.js';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hognose-preprocessing-'));
});
afterAll(() => rm(root, { recursive: true }));

type Files = Readonly<Record<string, unknown>>;

/** A folder with these JSON files. */
async function folderOf(files: Files): Promise<string> {
  const folder = join(root, String(made++));
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  return folder;
}

const square = (side: number): { width: number; height: number } => ({ width: side, height: side });

async function resolved(files: Files, choice: PreprocessingChoice | null = null, input = square(224)) {
  return resolvePreprocessing({ folder: await folderOf(files) }, input, choice);
}

const huggingFace = (config: object, input = square(224)) =>
  resolved({ 'preprocessor_config.json': config }, null, input);
const timm = (config: object, input = square(224)) =>
  resolved({ 'config.json': { architecture: 'vit', pretrained_cfg: config } }, null, input);

const crop224 = { width: 224, height: 224 };

describe('preprocessor_config.json', () => {
  it.each([
    [[32, 32], square(32), square(32)],
    [[32], square(32), square(32)],
    [[48, 32], { width: 48, height: 32 }, { width: 48, height: 32 }],
    // Written with the height first: what fits the model is meant.
    [[32, 48], { width: 48, height: 32 }, { width: 48, height: 32 }],
  ])('may state a size as %j, as early extractors do', async (size, input, shown) => {
    const config = { feature_extractor_type: 'ViTFeatureExtractor', size };
    expect((await huggingFace(config, input)).preprocessing).toMatchObject({ resize: { kind: 'exact', ...shown } });
    const cropped = { size: { shortest_edge: 64 }, do_center_crop: true, crop_size: size };
    expect((await huggingFace(cropped, input)).preprocessing).toMatchObject({ crop: shown });
  });

  it.each(['PIL.Image.BICUBIC', 'Resampling.BICUBIC', 'bicubic', '3', 3])(
    'may name its filter %s',
    async (resample) => {
      expect((await huggingFace({ size: 224, resample })).preprocessing.interpolation).toBe('bicubic');
    },
  );

  it.each([
    [{ size: [1, 2, 3] }, 'size is [1,2,3], where a list of at most 2 is expected'],
    [{ size: 'x' }, 'size is "x", where a number, a list or an object is expected'],
    [{ size: { height: 'big', width: 3 } }, 'size'],
    [{ image_mean: 'x' }, 'image_mean is "x", where'],
    [{ do_resize: 'yes' }, 'do_resize is "yes", where true or false is expected'],
    [{ rescale_factor: [] }, 'rescale_factor is [], where a number is expected'],
  ])('%j is told in plain words', async (config, words) => {
    const error = await huggingFace(config).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'MODEL_UNREADABLE', message: expect.stringContaining(words) as string });
    expect((error as Error).message).not.toMatch(/Expected|received|Invalid/);
  });

  it('of a timm model that Transformers wrapped says what its pretrained_cfg says', async () => {
    const inner = { crop_pct: 0.9, interpolation: 'bilinear', mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 0.5] };
    const processor = { image_processor_type: 'TimmWrapperImageProcessor', pretrained_cfg: inner };
    const wanted = { resize: { kind: 'shortest-edge', size: 248 }, mean: [0.1, 0.2, 0.3], interpolation: 'bilinear' };
    expect((await huggingFace(processor)).preprocessing).toMatchObject(wanted);
    const bare = { image_processor_type: 'TimmWrapperImageProcessor' };
    const config = { architecture: 'vit', pretrained_cfg: inner };
    const files = { 'preprocessor_config.json': bare, 'config.json': config };
    expect((await resolved(files)).preprocessing).toMatchObject(wanted);
  });

  it('is read with all that it states', async () => {
    const config = {
      image_processor_type: 'BitImageProcessor',
      size: { shortest_edge: 248 },
      resample: 3,
      do_center_crop: true,
      crop_size: { height: 224, width: 224 },
      rescale_factor: 0.00392156862745098,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.25, 0.5, 0.5],
    };
    expect(await huggingFace(config)).toEqual({
      preprocessing: {
        resize: { kind: 'shortest-edge', size: 248 },
        interpolation: 'bicubic',
        crop: crop224,
        scale: 0.00392156862745098,
        mean: [0.5, 0.5, 0.5],
        std: [0.25, 0.5, 0.5],
      },
      assumptions: [],
    });
  });

  it.each([
    ['ViTImageProcessor', {}, { kind: 'exact', width: 224, height: 224 }, null, 'bilinear', 0.5],
    ['ViTFeatureExtractor', { size: 224 }, { kind: 'exact', width: 224, height: 224 }, null, 'bilinear', 0.5],
    ['DeiTImageProcessor', {}, { kind: 'exact', width: 256, height: 256 }, crop224, 'bicubic', 0.5],
    ['BitImageProcessor', {}, { kind: 'shortest-edge', size: 224 }, crop224, 'bicubic', 0.48145466],
    ['CLIPImageProcessor', { size: 224 }, { kind: 'shortest-edge', size: 224 }, crop224, 'bicubic', 0.48145466],
    [
      'DINOv3ViTImageProcessorFast',
      { do_center_crop: null, crop_size: null, size: { height: 224, width: 224 } },
      { kind: 'exact', width: 224, height: 224 },
      null,
      'bilinear',
      0.485,
    ],
    [
      'ConvNextImageProcessor',
      { size: { shortest_edge: 224 }, crop_pct: 0.875 },
      { kind: 'shortest-edge', size: 256 },
      crop224,
      'bilinear',
      0.5,
    ],
  ] as const)('%s fills in what it leaves out: %j', async (type, fields, resize, crop, interpolation, mean) => {
    const { preprocessing, assumptions } = await huggingFace({ image_processor_type: type, ...fields });
    expect(preprocessing).toMatchObject({ resize, crop, interpolation });
    expect(preprocessing.mean[0]).toBe(mean);
    expect(assumptions).toEqual([]);
  });

  it('squashes with a ConvNeXt processor of 384 pixels', async () => {
    const { preprocessing } = await huggingFace(
      { image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 384 } },
      square(384),
    );
    expect(preprocessing).toMatchObject({ resize: { kind: 'exact', width: 384, height: 384 }, crop: null });
  });

  it('pads a longer edge to its square', async () => {
    const { preprocessing, assumptions } = await huggingFace({
      size: { longest_edge: 224 },
      do_pad: true,
      pad_size: { height: 224, width: 224 },
    });
    expect(preprocessing).toMatchObject({ resize: { kind: 'longest-edge', size: 224 }, crop: crop224 });
    expect(assumptions).toEqual([expect.stringContaining('the border is taken to be the same on both sides')]);
  });

  it('normalises nothing where it says so', async () => {
    const { preprocessing } = await huggingFace({ do_rescale: false, do_normalize: false, size: 224 });
    expect(preprocessing).toMatchObject({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  });

  it('is scaled to a model that was fine-tuned at another size', async () => {
    const config = { size: { shortest_edge: 256 }, do_center_crop: true, crop_size: 224 };
    const { preprocessing, assumptions } = await huggingFace(config, square(384));
    expect(preprocessing).toMatchObject({ resize: { kind: 'shortest-edge', size: 439 }, crop: square(384) });
    expect(assumptions).toEqual([
      expect.stringMatching(/crop_size is 224 x 224, but the model takes 384 x 384; .*scaled/),
    ]);
  });

  it('squashes to the model where only the size of the squash is another', async () => {
    const { preprocessing, assumptions } = await huggingFace({ size: 224 }, { width: 192, height: 256 });
    expect(preprocessing.resize).toEqual({ kind: 'exact', width: 192, height: 256 });
    expect(assumptions).toEqual([expect.stringContaining('size is 224 x 224, but the model takes 192 x 256')]);
  });

  it('gets the centre crop that it forgets', async () => {
    const { preprocessing, assumptions } = await huggingFace({ size: { shortest_edge: 256 } });
    expect(preprocessing).toMatchObject({ resize: { kind: 'shortest-edge', size: 256 }, crop: crop224 });
    expect(assumptions).toEqual([expect.stringContaining('a centre crop to 224 x 224 is assumed')]);
  });

  it('is refused with field and way out where its meaning is not clear', async () => {
    const config = { size: { shortest_edge: 256 }, do_center_crop: true, crop_size: 224 };
    await expect(huggingFace(config, { width: 192, height: 256 })).rejects.toMatchObject({
      code: 'MODEL_UNSUPPORTED',
      message: expect.stringContaining('crop_size is 224 x 224, but the model takes 192 x 256') as string,
      hint: expect.stringContaining('--preset') as string,
    });
  });

  it.each([
    [{ size: 'large' }, 'MODEL_UNREADABLE', 'size is '],
    [{ image_mean: ['a'] }, 'MODEL_UNREADABLE', 'image_mean'],
    [{ size: 224, resample: 4 }, 'MODEL_UNSUPPORTED', 'resample 4'],
  ] as const)('%j is refused', async (config, code, text) => {
    await expect(huggingFace(config)).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
  });

  it('is found as a part of processor_config.json, and one folder up from onnx', async () => {
    const folder = await folderOf({ 'processor_config.json': { image_processor: { size: 224, resample: 3 } } });
    await mkdir(join(folder, 'onnx'));
    const { preprocessing, assumptions } = await resolvePreprocessing(
      { folder: join(folder, 'onnx') },
      square(224),
      null,
    );
    expect([preprocessing.interpolation, assumptions]).toEqual(['bicubic', []]);
  });
});

describe('a graph that normalises pixels itself', () => {
  it.each([
    ['bytes', 1],
    ['unit', 1 / 255],
  ] as const)('gets %s, whatever the files state', async (range, scale) => {
    const stated = { 'preprocessor_config.json': { size: { shortest_edge: 248 }, image_mean: [0.1, 0.2, 0.3] } };
    for (const files of [stated, {}]) {
      const place = { folder: await folderOf(files) };
      const { preprocessing, assumptions } = await resolvePreprocessing(place, square(224), null, range);
      expect(preprocessing).toMatchObject({ scale, mean: [0, 0, 0], std: [1, 1, 1], resize: { size: 248 } });
      expect(assumptions.at(-1)).toContain('The graph normalises pixels itself');
      expect(assumptions.join(' ')).not.toContain('deviation 0.5');
    }
  });
});

describe('pretrained_cfg of timm', () => {
  it('resizes to the size divided by crop_pct, rounded down', async () => {
    const { preprocessing, assumptions } = await timm({
      input_size: [3, 224, 224],
      crop_pct: 0.9,
      interpolation: 'bicubic',
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    });
    expect(preprocessing).toMatchObject({
      resize: { kind: 'shortest-edge', size: 248 },
      crop: crop224,
      interpolation: 'bicubic',
      mean: [0.5, 0.5, 0.5],
    });
    expect(assumptions).toEqual([]);
  });

  it('has the defaults of timm where fields are missing', async () => {
    const { preprocessing } = await timm({ input_size: [3, 224, 224] });
    expect(preprocessing).toMatchObject({
      resize: { kind: 'shortest-edge', size: 256 },
      interpolation: 'bicubic',
      mean: [0.485, 0.456, 0.406],
    });
  });

  it('squashes, and crops what is squashed to more', async () => {
    expect((await timm({ crop_pct: 1, crop_mode: 'squash' })).preprocessing).toMatchObject({
      resize: { kind: 'exact', width: 224, height: 224 },
      crop: null,
    });
    expect((await timm({ crop_pct: 0.875, crop_mode: 'squash' })).preprocessing).toMatchObject({
      resize: { kind: 'exact', width: 256, height: 256 },
      crop: crop224,
    });
  });

  it('fills the border of crop_mode border with the mean colour', async () => {
    const { preprocessing } = await timm({ crop_pct: 1, crop_mode: 'border' });
    // round(255 * 0.485) = 124, 0.456 -> 116, 0.406 -> 104.
    expect(preprocessing).toMatchObject({
      resize: { kind: 'longest-edge', size: 224 },
      crop: crop224,
      fill: [124, 116, 104],
    });
  });
});

describe('ONNX metadata', () => {
  const metadata = (entries: Readonly<Record<string, string>>) =>
    resolvePreprocessing({ folder: root, metadata: new Map(Object.entries(entries)) }, square(224), null);

  it('may hold a whole preprocessor_config or pretrained_cfg', async () => {
    const processor = await metadata({ preprocessor_config: '{"size": {"height": 224, "width": 224}, "resample": 1}' });
    expect(processor.preprocessing).toMatchObject({ resize: { kind: 'exact', width: 224 }, interpolation: 'lanczos' });
    const config = await metadata({
      pretrained_cfg: "{'crop_pct': 0.9, 'mean': (0.5, 0.5, 0.5), 'std': (0.5, 0.5, 0.5)}",
    });
    expect(config.preprocessing).toMatchObject({ resize: { kind: 'shortest-edge', size: 248 }, mean: [0.5, 0.5, 0.5] });
  });

  it('may say mean and std alone', async () => {
    const { preprocessing, assumptions } = await metadata({ mean: '[0.1, 0.2, 0.3]', std: '(0.4, 0.5, 0.6)' });
    expect(preprocessing).toMatchObject({ mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] });
    expect(assumptions).toEqual([]);
  });

  it('of Ultralytics classifiers means pixels from 0 to 1', async () => {
    const { preprocessing } = await metadata({ author: 'Ultralytics', task: 'classify', imgsz: '[224, 224]' });
    expect(preprocessing).toMatchObject({
      resize: { kind: 'shortest-edge', size: 224 },
      interpolation: 'bilinear',
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
  });
});

describe('a choice', () => {
  it.each([
    ['imagenet', { kind: 'shortest-edge', size: 256 }, 'bilinear', 0.485],
    ['inception', { kind: 'shortest-edge', size: 248 }, 'bicubic', 0.5],
    ['clip', { kind: 'shortest-edge', size: 224 }, 'bicubic', 0.48145466],
    ['none', { kind: 'exact', width: 224, height: 224 }, 'bilinear', 0],
  ] as const)('of the preset %s goes before the files', async (preset, resize, interpolation, mean) => {
    const { preprocessing, assumptions } = await resolved(
      { 'preprocessor_config.json': { size: 'broken' } },
      { preset },
    );
    expect(preprocessing).toMatchObject({ resize, interpolation });
    expect([preprocessing.mean[0], assumptions]).toEqual([mean, []]);
  });

  const files = {
    'preprocessor_config.json': {
      size: { shortest_edge: 256 },
      do_center_crop: true,
      crop_size: 224,
      image_mean: [0.4],
    },
  };

  it('changes only what it names', async () => {
    const { preprocessing } = await resolved(files, { resize: 232, interpolation: 'lanczos', std: [0.1, 0.2, 0.3] });
    expect(preprocessing).toMatchObject({
      resize: { kind: 'shortest-edge', size: 232 },
      crop: crop224,
      interpolation: 'lanczos',
      mean: [0.4, 0.4, 0.4],
      std: [0.1, 0.2, 0.3],
    });
  });

  it('of a way to resize needs no size', async () => {
    expect((await resolved(files, { resizeKind: 'longest-edge' })).preprocessing).toMatchObject({
      resize: { kind: 'longest-edge', size: 224 },
      crop: crop224,
    });
    expect((await resolved(files, { resizeKind: 'exact' })).preprocessing).toMatchObject({
      resize: { kind: 'exact', width: 224, height: 224 },
      crop: null,
    });
    expect((await resolved(files, { resizeKind: 'exact', resize: 256 })).preprocessing).toMatchObject({
      resize: { kind: 'exact', width: 256, height: 256 },
      crop: crop224,
    });
  });

  it.each([
    [{ crop: 200 }, 'The crop gives 200 x 200, but the model takes 224 x 224'],
    [{ crop: 0 }, 'Without a crop, images of any shape come out'],
    [{ resizeKind: 'exact', resize: 200, crop: 0 }, 'The resize gives 200 x 200'],
    [{ resize: 0 }, 'at least 1 pixel'],
    [{ mean: [123.7, 116.3, 103.5] }, 'The mean must lie between 0 and 1'],
    [{ std: [0, 1, 1] }, 'The standard deviation must be greater than 0'],
  ] as const)('%j is bad usage', async (choice, text) => {
    await expect(resolved(files, choice)).rejects.toMatchObject({
      code: 'BAD_USAGE',
      message: expect.stringContaining(text) as string,
    });
  });
});

it('is assumed, and said so, where nothing states it', async () => {
  const { preprocessing, assumptions } = await resolved({});
  expect(preprocessing).toMatchObject({ resize: { kind: 'shortest-edge', size: 248 }, interpolation: 'bicubic' });
  expect(assumptions).toEqual([expect.stringContaining('No preprocessor_config.json was found')]);
});

describe('the input size of a graph that leaves it open', () => {
  it.each([
    [{ 'preprocessor_config.json': { size: { shortest_edge: 256 }, do_center_crop: true, crop_size: 192 } }, 192],
    [{ 'preprocessor_config.json': { size: { height: 160, width: 160 } } }, 160],
    [{ 'config.json': { image_size: 384 } }, 384],
    [{ 'config.json': { architecture: 'vit', pretrained_cfg: { input_size: [3, 256, 256] } } }, 256],
  ] as const)('%j', async (files, side) => {
    expect(await statedInputSize({ folder: await folderOf(files) }, null)).toEqual(square(side));
  });

  it('comes from the choice first, and may be unknown', async () => {
    const folder = await folderOf({ 'config.json': { image_size: 384 } });
    expect(await statedInputSize({ folder }, { crop: 128 })).toEqual(square(128));
    expect(await statedInputSize({ folder: await folderOf({}) }, null)).toBeUndefined();
    const metadata = new Map([['imgsz', '[224, 320]']]);
    expect(await statedInputSize({ folder, metadata }, null)).toEqual({ width: 320, height: 224 });
  });
});
