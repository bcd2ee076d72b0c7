/** Answers the calls about what a person changed of the application. */

import type { CallContext, CallsOf } from './context.js';

export function settingsCalls({ settings, system, workspace }: CallContext): CallsOf<'settings'> {
  return {
    'settings.get': () => settings.current,
    'settings.set': async (part) => {
      const changed = await settings.change(part);
      system.setTheme(changed.theme);
      await workspace.applySettings();
      return changed;
    },
  };
}
