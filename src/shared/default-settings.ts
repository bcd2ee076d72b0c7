/** The settings of a person who has not changed any. */

import type { Settings } from './settings.js';
import { tisDefaults } from './tis-parameters.js';

const { masks, ratio, stability, estimate, precision } = tisDefaults;

export const defaultSettings: Settings = {
  theme: 'system',
  reviewer: '',
  cellSize: 128,
  colourMap: 'magma',
  mapOpacity: 0.7,
  mapScale: 'auto',
  masks,
  ratio,
  stability,
  estimate,
  precision,
  // Enough to hold the sessions of all methods of a ViT-Tiny (1.7 GB), so that one image after the other is compared at once.
  memory: 2.5,
  cacheGigabytes: 8,
  threads: 0,
  provider: 'auto',
  methods: ['tis', 'vit-cx', 'chefer1', 'chefer2', 'bt-h', 'rollout'],
  sheetTransposed: false,
  sheetScale: 'method',
  keys: {},
};
