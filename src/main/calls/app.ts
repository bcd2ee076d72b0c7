/** Answers the call about the application itself. */

import { reportFormatChoices } from '../report/report-formats.js';
import type { CallContext, CallsOf } from './context.js';

export function appCalls({ version, provider }: CallContext): CallsOf<'app'> {
  return {
    'app.info': () => ({
      version,
      platform: process.platform,
      provider: provider(),
      reportFormats: reportFormatChoices,
    }),
  };
}
