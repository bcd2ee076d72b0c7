/** Calls about what a person changed of the application. */

import * as v from 'valibot';

import { type Settings, settingsSchema } from '../settings.js';
import { call } from './call.js';
import { nothing } from './parts.js';

export const settingsCalls = {
  'settings.get': call(nothing).returning<Settings>(),
  'settings.set': call(v.partial(settingsSchema)).returning<Settings>(),
};
