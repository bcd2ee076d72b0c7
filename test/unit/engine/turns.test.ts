/** The order in which pieces of work get the thread that runs graphs. */

import { expect, it } from 'vitest';
import { Turns } from '../../../src/main/engine/turns.js';

it('lets urgent work pass what waits, keeps equals in order, and drops what is cancelled', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const never = new AbortController().signal;
  const controller = new AbortController();
  const piece = (name: string) => async (): Promise<void> => {
    order.push(name);
    await Promise.resolve();
  };
  const work = [
    turns.run('predict', never, piece('running')),
    turns.run('predict', never, piece('batch 1')),
    turns.run('predict', never, piece('batch 2')),
    turns.run('explain', never, piece('click')),
    turns.run('picture', never, piece('picture')),
  ];
  const dropped = turns.run('picture', controller.signal, piece('dropped'));
  controller.abort();
  await expect(dropped).rejects.toMatchObject({ code: 'CANCELLED' });
  await Promise.all(work);
  expect(order).toEqual(['running', 'picture', 'click', 'batch 1', 'batch 2']);
});

it('goes on after a piece that failed', async () => {
  const turns = new Turns();
  const { signal } = new AbortController();
  const failed = turns.run('predict', signal, () => Promise.reject(new Error('bad batch')));
  const next = turns.run('predict', signal, () => Promise.resolve(7));
  await expect(failed).rejects.toThrow('bad batch');
  expect(await next).toBe(7);
});

it('gives way between two pieces to what is more urgent, and not to what is not', async () => {
  const turns = new Turns();
  const { signal } = new AbortController();
  const order: string[] = [];
  const piece = (name: string) => (): Promise<void> => {
    order.push(name);
    return Promise.resolve();
  };
  const long = turns.run('compare', signal, async () => {
    order.push('first half');
    const waiting = [turns.run('predict', signal, piece('batch')), turns.run('explain', signal, piece('click'))];
    await turns.giveWay('compare', signal);
    order.push('second half');
    return waiting;
  });
  await Promise.all(await long);
  expect(order).toEqual(['first half', 'click', 'second half', 'batch']);
});

it('ends work that was cancelled while it gave way, and the next has its turn', async () => {
  const turns = new Turns();
  const controller = new AbortController();
  const never = new AbortController().signal;
  const long = turns.run('compare', controller.signal, async () => {
    void turns.run('explain', never, () => {
      controller.abort();
      return Promise.resolve();
    });
    await turns.giveWay('compare', controller.signal);
  });
  await expect(long).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await turns.run('predict', never, () => Promise.resolve(7))).toBe(7);
});
