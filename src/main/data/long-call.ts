/** What is added to a call that takes long. */

import type { Progress } from '../../shared/progress.js';

export interface LongCall {
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far it has come, at most ten times a second. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
