/** The main process behind the development page: the real one on made-up images, begun anew as the page's address says. */

import { basename } from 'node:path';

import { imageId } from '../../src/shared/audit.js';
import type { Settings } from '../../src/shared/settings.js';
import { fashionNames } from '../support/fashion-names.js';
import { startBackend, type Started, type StartOptions } from '../support/made-up-backend.js';

const fashion = fashionNames.map((name) => name.replace('/', ' or '));

/** Names of the models that the address may ask for. */
const models: Readonly<Record<string, string>> = {
  base: 'vit_base_patch16_224.onnx',
  elaborate: 'wide-registers-swiglu-with-a-rather-long-name-that-somebody-gave-it',
  distilled: 'deit-tiny-distilled',
};
const refusedByDistilled = {
  'vit-cx': 'ViT-CX reads one class token, and this model predicts from two.',
  rollout: 'No block of this model has an attention to the class token alone.',
};

/**
 * The main process that an address asks for: `images`, `classes`, `photos`, `predicted`, `reviewer`, `asked` (labels without a class,
 * but with a suggestion), `model`, `cuda`, `gain`, `fail`, `delay` (milliseconds a step of maps), `settings` (JSON), `open=0`.
 * @param labels of the demo's images
 */
export async function startAsAsked(query: URLSearchParams, labels: readonly number[]): Promise<Started> {
  const number = (name: string, usual: number): number => Number(query.get(name) ?? usual);
  const count = number('classes', fashion.length);
  const classes = count === fashion.length ? fashion : Array.from({ length: count }, (_, at) => `Class ${String(at)}`);
  const model = models[query.get('model') ?? ''];
  const settings = JSON.parse(query.get('settings') ?? '{}') as Partial<Settings>;
  const options: StartOptions = {
    classes,
    names: classes.map((name, at) => (at < number('asked', 0) ? `${name}s` : name)),
    labels: labels.slice(0, number('images', 2000)).map((label, at) => (count === 10 ? label : label + at * 7) % count),
    predicted: number('predicted', 1),
    settings: { ...settings, reviewer: query.get('reviewer') ?? '' },
    refused: model === models.distilled ? refusedByDistilled : {},
    gain: number('gain', 1.8),
    stops: query.has('fail'),
    ...(model === undefined ? {} : { model }),
    ...(query.has('photos') ? { width: 500, height: 375 } : {}),
    ...(query.has('cuda') ? { provider: { name: 'CUDA', note: '' } as const } : {}),
  };
  const started = await startBackend(options);
  started.engine.pause = number('delay', 0);
  if (query.get('open') !== '0') await started.backend.workspace.openProject(started.project);
  if (query.has('run')) await started.backend.client.call('jobs.predict', undefined);
  return started;
}

/** The number of the image that a picture's address names: `image/ID/SIZE` or `newAudit/INDEX/SIZE`. */
export async function numberOf({ backend: { workspace } }: Started, path: string): Promise<number> {
  const [kind, id] = path.split('/');
  const at = Number(id);
  const source = await (kind === 'newAudit'
    ? workspace.newAudit.previewSource(at)
    : workspace.audit().project.source(imageId(at)));
  return Number.parseInt(basename(source.path), 10);
}
