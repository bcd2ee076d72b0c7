/** What an engine process is started with arrives there. */

import { expect, it } from 'vitest';
import { argumentCount, processArguments, readProcessArguments } from '../../../src/main/engine/messages.js';
import { defaultSettings } from '../../../src/shared/default-settings.js';

it.each([
  ['compute', { threads: 4, provider: 'auto', memory: 2.5 }],
  ['pictures', { threads: 0, provider: 'cuda', memory: 0.5 }],
  ['inspector', { threads: 256, provider: 'cpu', memory: 64 }],
] as const)('%s %j', (role, settings) => {
  const words = processArguments(role, settings);
  expect(words.length).toBe(argumentCount);
  expect(readProcessArguments(words)).toEqual({ role, ...settings });
});

it('reads what makes no sense as nothing chosen', () => {
  const usual = { role: 'compute', threads: 0, provider: 'auto', memory: defaultSettings.memory };
  expect(readProcessArguments(['', 'many', 'gpu', 'all'])).toEqual(usual);
  expect(readProcessArguments(processArguments('compute', { threads: 0, provider: 'auto' }))).toEqual(usual);
});
