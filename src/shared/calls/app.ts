/** The call about the application itself. */

import type { ProviderInfo } from '../provider.js';
import type { ReportFormatChoice } from '../report-formats.js';
import { call } from './call.js';
import { nothing } from './parts.js';

export interface AppInfo {
  readonly version: string;
  readonly platform: string;
  /** What runs the graphs, with the reason when a faster one is not used. */
  readonly provider: ProviderInfo;
  /** In which a report can be written. */
  readonly reportFormats: readonly ReportFormatChoice[];
}

export const appCalls = {
  'app.info': call(nothing).returning<AppInfo>(),
};
