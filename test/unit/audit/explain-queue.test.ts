/** The order of explanations: a person's wish goes ahead, the background gives way and goes on. */

import { beforeEach, describe, expect, it } from 'vitest';
import { type ComputeOptions, ExplainQueue, type Explains } from '../../../src/main/audit/explain-queue.js';
import type { ExplainTask } from '../../../src/main/audit/explain-task.js';
import { type Explanation, type ImageId, imageId } from '../../../src/shared/audit.js';
import { AppError } from '../../../src/shared/errors.js';
import { info, tis } from '../project/sample.js';

/** A task under the settings of the sample, or with so many masks. */
function of(image: ImageId, masks = tis.masks): ExplainTask {
  return { image, classes: [], terms: { ...info, tis: { ...tis, masks } } };
}

const keyOf = (id: ImageId, masks: number): string => `${String(id)} with ${String(masks)}`;

/** Computes when told to: every computation waits for {@link finish}. */
class SlowExplainer implements Explains {
  readonly log: string[] = [];
  readonly #kept = new Map<ImageId, Explanation>();
  readonly #open = new Map<string, () => void>();
  #started: () => void = () => undefined;

  cached({ image, terms }: ExplainTask): Promise<Explanation | null> {
    const kept = this.#kept.get(image);
    return Promise.resolve(kept?.parameters.masks === terms.tis.masks ? kept : null);
  }

  compute({ image: id, terms }: ExplainTask, { signal, ahead }: ComputeOptions): Promise<Explanation> {
    this.log.push(`${ahead ? 'ahead' : 'start'} ${String(id)}`);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.log.push(`stop ${String(id)}`);
        reject(new AppError('CANCELLED', 'The work was cancelled.'));
      });
      this.#open.set(keyOf(id, terms.tis.masks), () => {
        this.log.push(`end ${String(id)}`);
        const explanation = { imageId: id, parameters: terms.tis, cached: false } as Explanation;
        this.#kept.set(id, explanation);
        resolve(explanation);
      });
      this.#started();
    });
  }

  /** Resolves when a computation of this image has started. */
  async running(id: ImageId, masks = tis.masks): Promise<void> {
    while (!this.#open.has(keyOf(id, masks))) {
      await new Promise<void>((resolve) => {
        this.#started = resolve;
      });
    }
  }

  async finish(id: ImageId, masks = tis.masks): Promise<void> {
    await this.running(id, masks);
    const end = this.#open.get(keyOf(id, masks));
    this.#open.delete(keyOf(id, masks));
    end?.();
  }
}

const [one, two, three] = [imageId(1), imageId(2), imageId(3)];
const never = new AbortController().signal;
let explainer: SlowExplainer;
let queue: ExplainQueue;
beforeEach(() => {
  explainer = new SlowExplainer();
  queue = new ExplainQueue(explainer);
});

describe('ExplainQueue', () => {
  it('computes what a person waits for beside the background, which the engine lets wait', async () => {
    const background = queue.background(of(one), never);
    await explainer.running(one);
    const urgent = queue.now(queue.wish(of(two)));
    await explainer.finish(two);
    expect((await urgent).imageId).toBe(two);
    await explainer.finish(one);
    expect((await background).imageId).toBe(one);
    expect(explainer.log).toEqual(['ahead 1', 'start 2', 'end 2', 'end 1']);
  });

  it('shares what is being computed ahead instead of starting it again', async () => {
    void queue.prefetch([of(one)], { done: () => undefined, failed: () => undefined });
    await explainer.running(one);
    const urgent = queue.now(queue.wish(of(one)));
    await explainer.finish(one);
    expect((await urgent).imageId).toBe(one);
    expect(explainer.log).toEqual(['ahead 1', 'end 1']);
  });

  it('computes again for a person what was shared with a job that is cancelled', async () => {
    const job = new AbortController();
    const background = queue.background(of(one), job.signal);
    await explainer.running(one);
    const urgent = queue.now(queue.wish(of(one)));
    job.abort();
    await expect(background).rejects.toMatchObject({ code: 'CANCELLED' });
    await new Promise((resolve) => setImmediate(resolve));
    await explainer.finish(one);
    expect((await urgent).imageId).toBe(one);
    expect(explainer.log).toEqual(['ahead 1', 'stop 1', 'start 1', 'end 1']);
  });

  it('does not hand a person what is computed under settings of before', async () => {
    const ahead = queue.background(of(one, 16), never);
    await explainer.running(one, 16);
    const urgent = queue.now(queue.wish(of(one, 32)));
    await explainer.finish(one, 16);
    expect((await ahead).parameters.masks).toBe(16);
    await explainer.finish(one, 32);
    expect((await urgent).parameters.masks).toBe(32);
    expect(explainer.log).toEqual(['ahead 1', 'start 1', 'end 1', 'end 1']);
  });

  it('lets the newest wish of a person win', async () => {
    const first = queue.now(queue.wish(of(one)));
    const second = queue.now(queue.wish(of(two)));
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    await explainer.finish(two);
    expect((await second).imageId).toBe(two);
  });

  it('computes ahead in the newest order only', async () => {
    const done: ImageId[] = [];
    const listener = { done: (id: ImageId) => done.push(id), failed: () => undefined };
    void queue.prefetch([of(one), of(two)], listener);
    await explainer.running(one);
    void queue.prefetch([of(three)], listener);
    await explainer.finish(one);
    await explainer.finish(three);
    await queue.ended();
    expect(done).toEqual([one, three]);
  });

  it('has two images of the background on their way, no more', async () => {
    const all = [one, two, three].map((id) => queue.background(of(id), never));
    await explainer.running(two);
    await new Promise((resolve) => setImmediate(resolve));
    expect(explainer.log).toEqual(['ahead 1', 'ahead 2']);
    for (const id of [one, two, three]) await explainer.finish(id);
    expect((await Promise.all(all)).map(({ imageId: id }) => id)).toEqual([one, two, three]);
  });

  it('computes an image once that is wished for twice in the background', async () => {
    const twice = [queue.background(of(one), never), queue.background(of(one), never)];
    await explainer.finish(one);
    await Promise.all(twice);
    expect(explainer.log).toEqual(['ahead 1', 'end 1']);
  });

  it('close gives up everything', async () => {
    const urgent = queue.now(queue.wish(of(one)));
    const background = queue.background(of(two), never);
    const ended = [
      expect(urgent).rejects.toMatchObject({ code: 'CANCELLED' }),
      expect(background).rejects.toMatchObject({ code: 'CANCELLED' }),
    ];
    queue.close();
    await Promise.all([...ended, queue.ended()]);
  });
});
