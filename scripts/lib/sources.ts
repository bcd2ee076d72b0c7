/** Lets a script import the application's TypeScript, whose files name each other as the JavaScript they become. */

import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    const isSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts') === true;
    return next(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
