/** Where projects are opened, and where work on their files is done. */

import type { LongCall } from './long-call.js';
import type { OpenProject } from './open-project.js';
import type { Opening } from './opening.js';
import type { DataTasks } from './tasks.js';

export interface Data extends DataTasks {
  /** Opens a project; tells how far it has come where it is brought into the shape of this version. @throws AppError `PROJECT_*`, `NO_PROJECT`, `CANCELLED`, `DATA_STOPPED`. */
  open(opening: Opening, options?: LongCall): Promise<OpenProject>;
  /** Nothing is open: makes ready for a project that may be opened soon. */
  prepare(): void;
}
