/** A model has one hash in Node and in Electron: what the command line predicted is there in the window. */

import { join } from 'node:path';

import { answerDialogs, expect, test } from '../support/app.js';
import { demoModel } from '../support/new-audit.js';
import { hognose } from '../support/hognose.js';
import { writeSmallDataset } from '../support/small-dataset.js';

const images = 40;

interface Current {
  readonly model: { readonly hash: string; readonly anatomy: { readonly headWidth: number } };
  readonly counts: { readonly predicted: number };
}

test('an audit of the command line opens in the window with its predictions, for a head width of 32', async ({
  app,
  window,
  folder,
}) => {
  const dataset = join(folder, 'clothes');
  await writeSmallDataset(dataset, images);
  const audit = await hognose(['audit', dataset, '--model', demoModel, '--out', folder, '--explain', '0']);
  expect(audit.stderr).not.toContain('Error');
  expect(audit.code).toBe(0);
  const project = /^Project\s+(.+)$/m.exec(audit.stdout)?.[1] ?? '';
  const inspected = await hognose(['model', 'inspect', demoModel, '--json']);
  const { summary } = JSON.parse(inspected.stdout) as { summary: Current['model'] };

  const current = (): Promise<Current> =>
    window.evaluate(async () => {
      const { call } = globalThis['hognose' as never] as {
        call: (name: string, input: unknown) => Promise<{ value: Current }>;
      };
      return (await call('project.current', undefined)).value;
    });
  await answerDialogs(app, [project]);
  await window.getByTestId('open-project').click();
  await expect(window.getByTestId('project-name')).toHaveText('clothes');
  // The window's engine opens the model on request: the inspection shows the hash that Electron makes.
  const inWindow = await window.evaluate(async () => {
    const { call } = globalThis['hognose' as never] as {
      call: (name: string, input: unknown) => Promise<{ value: { summary: Current['model'] } }>;
    };
    return (await call('model.inspect', undefined)).value.summary;
  });
  expect(summary.anatomy.headWidth).toBe(32);
  expect(inWindow.hash).toBe(summary.hash);
  expect((await current()).model.hash).toBe(summary.hash);
  expect((await current()).counts.predicted).toBe(images);
});
