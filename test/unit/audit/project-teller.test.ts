/** Facts and figures are told in order, the newest last, together where they are asked for together, and never after the close. */

import { expect, it } from 'vitest';

import { ProjectTeller } from '../../../src/main/audit/project-teller.js';
import { AppError, type ErrorData } from '../../../src/shared/errors.js';
import type { ProjectFigures, ProjectSummary } from '../../../src/shared/audit.js';

/** A project whose answers come when the test lets them. */
function slowProject() {
  const waiting: ((error?: AppError) => void)[] = [];
  let asked = 0;
  const answer = (what: string) => (): Promise<never> => {
    asked += 1;
    const value = `${what} ${String(asked)}`;
    return new Promise((resolve, reject) => {
      waiting.push((error) => {
        if (error === undefined) resolve(value as never);
        else reject(error);
      });
    });
  };
  const project = { figures: answer('figures'), summary: answer('project') } as {
    readonly figures: () => Promise<ProjectFigures>;
    readonly summary: () => Promise<ProjectSummary>;
  };
  const told: unknown[] = [];
  const failed: ErrorData[] = [];
  const teller = new ProjectTeller(
    project,
    (_, payload) => told.push(payload),
    (error) => failed.push(error),
  );
  const next = async (error?: AppError): Promise<void> => {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    waiting.shift()?.(error);
  };
  return { teller, told, failed, next, asked: () => asked };
}

it('is asked once by many wishes at a time, for the facts where one of them is for these', async () => {
  const { teller, told, next, asked } = slowProject();
  const wishes = [teller.figures(), teller.figures(), teller.project(), teller.figures()];
  await next();
  await Promise.all(wishes);
  expect([told, asked()]).toEqual([['project 1'], 1]);
});

it('asks again for what is wished while an answer is on its way', async () => {
  const { teller, told, next } = slowProject();
  const first = teller.figures();
  await Promise.resolve();
  const second = teller.project();
  const third = teller.figures();
  expect(told).toEqual([]);
  await next();
  await first;
  await next();
  await Promise.all([second, third]);
  expect(told).toEqual(['figures 1', 'project 2']);
});

it('says why something could not be told, and goes on', async () => {
  const { teller, told, failed, next } = slowProject();
  const first = teller.figures();
  await next(new AppError('PROJECT_DAMAGED', 'It is torn.'));
  await first;
  const second = teller.figures();
  await next(new AppError('CANCELLED', 'Closed.'));
  await second;
  const third = teller.figures();
  await next();
  await third;
  expect([failed.map(({ code }) => code), told]).toEqual([['PROJECT_DAMAGED'], ['figures 3']]);
});

it('tells nothing once it is closed, whatever was asked before', async () => {
  const { teller, told, failed, next, asked } = slowProject();
  const first = teller.figures();
  await Promise.resolve();
  const second = teller.project();
  teller.close();
  await next(new AppError('PROJECT_DAMAGED', 'It is torn.'));
  await Promise.all([first, second]);
  expect([told, failed, asked()]).toEqual([[], [], 1]);
});

it('tells figures of a running job now and then only', async () => {
  const { teller, told, next } = slowProject();
  for (let batch = 0; batch < 10; batch += 1) teller.figuresSometimes();
  await next();
  await expect.poll(() => told).toEqual(['figures 1']);
});
