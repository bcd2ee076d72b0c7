/** What tests ask of a running application besides what its window shows: the counts of the open project, and its processes. */

import type { ElectronApplication, Page } from '@playwright/test';

import type { ProjectCounts } from '../../src/shared/audit.js';

export function countsOf(window: Page): Promise<ProjectCounts> {
  return window.evaluate(async () => {
    const { call } = globalThis['hognose' as never] as {
      call: (name: string, input: unknown) => Promise<{ value: { counts: ProjectCounts } }>;
    };
    return (await call('project.current', undefined)).value.counts;
  });
}

/** Id of the process of this name; undefined when none runs. */
export function pidOf(app: ElectronApplication, wanted: string): Promise<number | undefined> {
  return app.evaluate(
    ({ app: electron }, name) => electron.getAppMetrics().find((metric) => metric.name?.includes(name) === true)?.pid,
    wanted,
  );
}

/** Kills the application (SIGKILL); resolves when it is gone. */
export async function killAndWait(app: ElectronApplication): Promise<void> {
  const child = app.process();
  const gone = new Promise<void>((done) => {
    child.once('exit', () => {
      done();
    });
  });
  child.kill('SIGKILL');
  await gone;
}
