/** Runs a small graph on CUDA, in a process of its own because a broken provider can end it: 0 when it ran, else 1 and why. */

import './sources.ts';
import { runScript } from './command.ts';

await runScript(async () => {
  const { cudaSessions } = await import('../../src/main/engine/session.ts');
  const { faultOf } = await import('../../src/main/engine/probe.ts');
  const fault = await faultOf(cudaSessions());
  if (fault !== null) console.log(fault);
  return fault === null ? 0 : 1;
});
