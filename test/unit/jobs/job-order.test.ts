/** Which job goes first, with a clock that moves only as the work does: who has much less left, and nobody passed without end. */

import { expect, it } from 'vitest';
import type { JobPlan } from '../../../src/main/jobs/job-entry.js';
import { patience } from '../../../src/main/jobs/job-order.js';
import { Jobs, PutOff } from '../../../src/main/jobs/jobs.js';
import { isOpen, type Job, type JobKind } from '../../../src/shared/audit.js';

/** Jobs whose steps take time on a clock of their own; what ran when is written down. */
class Bench {
  now = 0;
  /** Title and number of the step, in the order of running. */
  readonly ran: string[] = [];
  readonly told: Job[] = [];
  readonly jobs = new Jobs(
    (job) => this.told.push(job),
    () => this.now,
  );
  /** Called after every step. */
  afterStep: (title: string, step: number) => void = () => undefined;

  /** Work of `steps` steps that take so many seconds each, which is known beforehand. */
  plan(title: string, steps: number, seconds: number, more: Partial<JobPlan> = {}): JobPlan {
    const run: JobPlan['run'] = async function* (this: Bench) {
      for (let step = 1; step <= steps; step++) {
        this.now += 1000 * seconds;
        await Promise.resolve();
        this.ran.push(`${title} ${String(step)}`);
        this.afterStep(title, step);
        yield { done: 1 };
      }
    }.bind(this);
    const work = [{ like: title, items: steps, guess: seconds }];
    return { kind: 'explain', title, total: steps, work, run, ...more };
  }

  /** What a job was told to wait for, in each of its states. */
  waits(title: string): string[] {
    return this.told.flatMap((job) =>
      job.title === title && job.waitsFor !== null ? [`${job.state}: ${job.waitsFor}`] : [],
    );
  }
}

it('pauses long work after its step for short work that is asked for meanwhile, and goes on where it was', async () => {
  const bench = new Bench();
  bench.afterStep = (title, step) => {
    if (title === 'long' && step === 2) bench.jobs.add(bench.plan('short', 2, 10));
  };
  const { id } = bench.jobs.add(bench.plan('long', 4, 3600));
  expect(await bench.jobs.finished(id)).toMatchObject({ state: 'done', done: 4, total: 4, waitsFor: null });
  expect(bench.ran).toEqual(['long 1', 'long 2', 'short 1', 'short 2', 'long 3', 'long 4']);
  expect(bench.waits('long')).toEqual(['paused: short']);
  expect(bench.told.filter(({ title }) => title === 'long').map(({ state }) => state)).toContain('paused');
});

it('tells who was put aside before who goes first: at no time do two run', async () => {
  const bench = new Bench();
  bench.afterStep = (title, step) => {
    if (title === 'long' && step === 2) bench.jobs.add(bench.plan('short', 2, 10));
  };
  const { id } = bench.jobs.add(bench.plan('long', 4, 3600));
  await bench.jobs.finished(id);
  const last = new Map<string, string>();
  const running = bench.told.map((job) => {
    last.set(job.title, job.state);
    return [...last].filter(([, state]) => state === 'running').map(([title]) => title);
  });
  expect(running).toContainEqual(['short']);
  expect(running.filter((titles) => titles.length > 1)).toEqual([]);
});

it('takes short work out of the queue first, and says of the rest what it waits for', async () => {
  const bench = new Bench();
  const first = bench.jobs.add(bench.plan('first', 1, 60));
  bench.jobs.add(bench.plan('long', 2, 3600));
  const last = bench.jobs.add(bench.plan('longer', 1, 7200));
  bench.jobs.add(bench.plan('short', 1, 5));
  expect(bench.jobs.list().map(({ waitsFor }) => waitsFor)).toEqual([null, 'first', 'first', 'first']);
  await bench.jobs.finished(first.id);
  await bench.jobs.finished(last.id);
  expect(bench.ran).toEqual(['first 1', 'short 1', 'long 1', 'long 2', 'longer 1']);
  expect(bench.waits('longer')).toEqual(['queued: first', 'queued: short', 'queued: long']);
});

it('gives long work that was passed for minutes as long for itself, however much short work comes', async () => {
  const bench = new Bench();
  let came = 0;
  bench.afterStep = () => {
    // There is always some more short work.
    if (came < 60) bench.jobs.add(bench.plan(`short ${String(++came)}`, 1, 60));
  };
  const { id } = bench.jobs.add(bench.plan('long', 20, 60));
  await bench.jobs.finished(id);
  const whole = bench.ran.map((step) => (step.startsWith('long') ? 'L' : 's')).join('');
  // Five minutes for the others, five for itself.
  const inARow = patience / 60;
  expect(whole.startsWith(`L${'s'.repeat(inARow)}${'L'.repeat(inARow)}${'s'.repeat(inARow)}L`)).toBe(true);
  expect(Math.max(...whole.split('L').map((others) => others.length))).toBe(inARow);
});

it('keeps the order of arrival where that is about as good: among equals, and before what is nearly done', async () => {
  const bench = new Bench();
  bench.afterStep = (title, step) => {
    if (title === 'first' && step === 1) bench.jobs.add(bench.plan('nearly as long', 2, 60));
    if (title === 'first' && step === 3) bench.jobs.add(bench.plan('tiny', 1, 0.1));
  };
  bench.jobs.add(bench.plan('first', 4, 60));
  await idle(bench.jobs);
  expect(bench.ran.map((step) => step.replace(/ \d$/, ''))).toEqual([
    ...['first', 'first', 'first', 'tiny', 'first'],
    ...['nearly as long', 'nearly as long'],
  ]);
  const other = new Bench();
  other.afterStep = (title, step) => {
    if (title === 'first' && step === 3) other.jobs.add(other.plan('tiny', 1, 0.1));
  };
  other.jobs.add(other.plan('first', 4, 9));
  await idle(other.jobs);
  expect(other.ran.at(-1)).toBe('tiny 1');
});

it('lets work that only seemed short be passed again', async () => {
  const bench = new Bench();
  bench.afterStep = (title, step) => {
    if (title === 'seems short' && step === 6) bench.jobs.add(bench.plan('short', 1, 5));
  };
  const seems = bench.plan('seems short', 100, 60, {
    work: [{ like: 'seems short', items: 100, guess: 0.1 }],
  });
  const { id } = bench.jobs.add(seems);
  await bench.jobs.finished(id);
  expect(bench.ran[6]).toBe('short 1');
});

it('lets work be passed that should have been done ten seconds ago and goes on, and not before', async () => {
  const bench = new Bench();
  bench.afterStep = (title, step) => {
    if (title === 'endless' && step === 4) bench.jobs.add(bench.plan('short', 1, 1));
  };
  // Three steps of a second, as far as was known; nothing is left of that afterwards.
  const endless = bench.plan('endless', 60, 1, { work: [{ like: 'endless', items: 3, guess: 1 }] });
  const { id } = bench.jobs.add(endless);
  await bench.jobs.finished(id);
  expect(bench.ran.indexOf('short 1')).toBe(13);
});

it('passes work in the measure of how late it is, whatever it promises', async () => {
  const bench = new Bench();
  const run: JobPlan['run'] = async function* () {
    for await (const step of endless.run(new AbortController().signal)) {
      yield { ...step, left: [{ like: 'nothing measured', items: 1, guess: 2 }] };
    }
  };
  const endless = bench.plan('endless', 80, 1);
  bench.afterStep = (title, step) => {
    if (title === 'endless' && step === 1) bench.jobs.add(bench.plan('half a minute', 2, 15));
  };
  const { id } = bench.jobs.add({ ...endless, work: [{ like: 'nothing measured', items: 1, guess: 2 }], run });
  await bench.jobs.finished(id);
  // Two seconds of promise and a minute: then it has as much left as it is late, twice what the other takes.
  expect(bench.ran.indexOf('half a minute 1')).toBe(62);
  expect(bench.ran.indexOf('half a minute 2')).toBe(63);
});

it('does not begin what rests on other work before that, and asks nothing of work that goes to its end by itself', async () => {
  const bench = new Bench();
  const rests: readonly JobKind[] = ['predict'];
  bench.afterStep = (title, step) => {
    if (title === 'predict' && step === 1) {
      bench.jobs.add(bench.plan('report', 1, 1, { kind: 'report', restsOn: rests }));
      bench.jobs.add(bench.plan('other', 1, 1));
    }
  };
  bench.jobs.add(bench.plan('predict', 3, 3600, { kind: 'predict' }));
  await idle(bench.jobs);
  expect(bench.ran).toEqual(['predict 1', 'other 1', 'predict 2', 'predict 3', 'report 1']);
  expect(new Set(bench.waits('report'))).toEqual(new Set(['queued: predict']));
});

it('does not put aside what cannot be interrupted', async () => {
  const bench = new Bench();
  const writing = bench.plan('writing', 1, 1);
  const run: JobPlan['run'] = async function* (signal) {
    yield { done: 0, unbroken: true };
    bench.jobs.add(bench.plan('short', 1, 1));
    yield* writing.run(signal);
  };
  bench.jobs.add({ ...writing, work: [{ like: 'writing', items: 1, guess: 3600 }], run });
  await idle(bench.jobs);
  expect(bench.ran).toEqual(['writing 1', 'short 1']);
});

it('begins what was put off only after the work it was put off for, also when it is short', async () => {
  const bench = new Bench();
  let begun = 0;
  const run: JobPlan['run'] = async function* () {
    bench.ran.push('short begins');
    yield await Promise.resolve({ done: 0 });
    if (begun++ > 0) return;
    bench.jobs.add(bench.plan('predict', 2, 3600, { kind: 'predict' }));
    throw new PutOff('predict');
  };
  bench.jobs.add({ ...bench.plan('short', 1, 1), run });
  await idle(bench.jobs);
  expect(bench.ran).toEqual(['short begins', 'predict 1', 'predict 2', 'short begins']);
});

it('cancels what is paused at once, lets go of what it held, and begins what waited for it', async () => {
  const bench = new Bench();
  let letGo = false;
  const long = bench.plan('long', 3, 3600, { kind: 'predict' });
  const run: JobPlan['run'] = async function* (signal) {
    try {
      yield* long.run(signal);
    } finally {
      letGo = true;
    }
  };
  const { id } = bench.jobs.add({ ...long, run });
  let goOn: () => void = () => undefined;
  bench.afterStep = (title, step) => {
    if (title !== 'long' || step !== 1) return;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const short: JobPlan['run'] = async function* () {
      await held;
      yield { done: 1 };
    };
    bench.jobs.add({ ...bench.plan('short', 1, 1), run: short });
    bench.jobs.add(bench.plan('report', 1, 1, { kind: 'report', restsOn: ['predict'] }));
  };
  while (bench.jobs.list().find((job) => job.id === id)?.state !== 'paused') await tick();
  bench.jobs.cancel(id);
  expect(await bench.jobs.finished(id)).toMatchObject({ state: 'cancelled', done: 1 });
  expect(letGo).toBe(true);
  goOn();
  await idle(bench.jobs);
  expect(bench.ran).toEqual(['long 1', 'report 1']);
});

it('closes what is paused as well', async () => {
  const bench = new Bench();
  const never: JobPlan['run'] = async function* (signal) {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    yield { done: 0 };
  };
  bench.afterStep = (_, step) => {
    if (step === 1) bench.jobs.add({ ...bench.plan('short', 1, 1), run: never });
  };
  const { id } = bench.jobs.add(bench.plan('long', 3, 3600));
  while (bench.jobs.list().find((job) => job.id === id)?.state !== 'paused') await tick();
  await bench.jobs.close();
  expect(bench.jobs.list().map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
});

async function tick(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when no job is open. */
async function idle(jobs: Jobs): Promise<void> {
  while (jobs.list().some(isOpen)) await tick();
}
