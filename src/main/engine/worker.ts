/** Entry of the engine process, in Node and in Electron alike. */

import { constants, setPriority } from 'node:os';
import { servePort } from '../processes/port.js';
import { wishForDevice } from './device.js';
import { argumentCount, type EngineRequest, type EngineTold, readProcessArguments } from './messages.js';
import { EngineTasks } from './tasks.js';

// Electron puts its own switches before ours, so ours are read from the end.
const { role, threads, provider, memory } = readProcessArguments(process.argv.slice(-argumentCount));
// Inference takes every core there is; the window and its pictures come first. Set before any thread is started.
if (role !== 'pictures') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
servePort<EngineRequest, EngineTold>((tell) => {
  wishForDevice(provider, (found, notice) => {
    tell({ provider: found, notice });
  });
  const tasks = new EngineTasks({ threads, memory });
  return { run: (request, port) => tasks.run(request, port) };
});
