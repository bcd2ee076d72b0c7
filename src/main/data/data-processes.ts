/** Data in processes of their own: one for each open project, and one for each task. */

import { AppError } from '../../shared/errors.js';
import { ProcessChannel } from '../processes/channel.js';
import { Spare } from '../processes/spare.js';
import type { Data } from './data.js';
import { hostProject, stopped } from './hosted-project.js';
import type { LongCall } from './long-call.js';
import type { DataRequest, DataTold, StartDataProcess } from './messages.js';
import { type DataTaskName, tasksBy } from './tasks.js';

export function dataProcesses(start: StartDataProcess): Data {
  const run = async (name: DataTaskName, input: unknown, { signal, onProgress }: LongCall): Promise<unknown> => {
    const closed = (): AppError => new AppError('INTERNAL', 'The process of this task has ended.');
    const channel = new ProcessChannel<DataRequest, DataTold>({ start, hear: () => undefined, stopped, closed });
    const tell = onProgress as ((progress: unknown) => void) | undefined;
    try {
      return await channel.ask({ kind: 'task', name, input }, { signal, onProgress: tell });
    } finally {
      // Nobody waits for its end.
      void channel.close();
    }
  };
  const spare = new Spare(start);
  return {
    ...tasksBy(run),
    open: (opening, options) => hostProject(() => spare.take(), opening, options),
    prepare: () => {
      spare.prepare();
    },
  };
}
