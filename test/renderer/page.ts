/** The window on generated data, for development in a browser: the state is chosen in the address (`?open=0&delay=800&predicted=0.3&model=base&gain=0.9`). */

import { mount } from 'svelte';

import App from '../../src/renderer/App.svelte';
import { AppState } from '../../src/renderer/state/app-state.svelte.js';
import type { Settings } from '../../src/shared/settings.js';
import '../../src/renderer/ui/base.css';
import '../../src/renderer/ui/tokens.css';
import { FakeBridge } from '../support/fake-bridge.js';
import { distilledSummary, elaborateSummary, vitBaseSummary } from '../support/fake-models.js';

const fashion = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

const query = new URLSearchParams(window.location.search);
const classes = Number(query.get('classes') ?? 10);
const photos = query.has('photos');
const names = classes === 10 ? fashion : Array.from({ length: classes }, (_, index) => `Class ${String(index)}`);
const response = await fetch('/labels');
const real = (await response.json()) as number[];
const labels = classes === 10 ? real : real.map((label, index) => (label + index * 7) % classes);
const models = { base: vitBaseSummary, elaborate: elaborateSummary, distilled: distilledSummary };
const wanted = Object.entries(models).find(([name]) => name === query.get('model'));
const bridge = new FakeBridge({
  labels,
  names,
  width: photos ? 500 : 28,
  height: photos ? 375 : 28,
  open: query.get('open') !== '0',
  delay: Number(query.get('delay') ?? 0),
  predicted: Number(query.get('predicted') ?? 1),
  failMaps: query.has('fail'),
  reviewer: query.get('reviewer') ?? '',
  asked: Number(query.get('asked') ?? 0),
  model: wanted?.[1](names) ?? null,
  refused:
    wanted?.[0] === 'distilled'
      ? {
          'vit-cx': 'ViT-CX reads one class token, and this model predicts from two.',
          rollout: 'No block of this model has an attention to the class token alone.',
        }
      : {},
  access: (['read-only', 'gone'] as const).find((access) => access === query.get('access')) ?? 'writable',
  provider: query.has('cuda') ? { name: 'CUDA', note: '' } : { name: 'CPU', note: 'No CUDA device was found.' },
  gain: Number(query.get('gain') ?? 1.8),
  settings: JSON.parse(query.get('settings') ?? '{}') as Partial<Settings>,
});
const picture = (index: number): string => (photos ? `/photo/${String(index)}` : `/picture/${String(index)}`);
const app = new AppState(bridge, {
  image: (id) => picture(id - 1),
  newAudit: picture,
  renew: () => undefined,
  replaced: () => undefined,
  lost: () => undefined,
  retry: () => undefined,
});
const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
mount(App, { target, props: { app } });
Object.assign(window, { bridge, app });
if (query.has('run')) void bridge.predictRest(160, 400);
