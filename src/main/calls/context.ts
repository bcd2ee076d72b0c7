/** What the calls work on, and the shape of the code behind them. */

import type { CallName, CallResult, ValidInput } from '../../shared/calls/calls.js';
import type { ProviderInfo } from '../../shared/provider.js';
import type { RecentProjects } from '../recent.js';
import type { SettingsStore } from '../settings.js';
import type { System } from '../system.js';
import type { Workspace } from '../workspace.js';

export interface CallContext {
  readonly workspace: Workspace;
  readonly settings: SettingsStore;
  readonly recent: RecentProjects;
  readonly system: System;
  /** What runs the graphs, as far as it is known. */
  readonly provider: () => ProviderInfo;
  /** Version of the application. */
  readonly version: string;
}

/** One function a call: valid input in, result out; errors are thrown. */
export type Calls = {
  readonly [N in CallName]: (input: ValidInput<N>) => CallResult<N> | Promise<CallResult<N>>;
};

/** The calls whose names begin with one of these areas: `CallsOf<'gallery'>`. */
export type CallsOf<Area extends string> = Pick<Calls, Extract<CallName, `${Area}.${string}`>>;
