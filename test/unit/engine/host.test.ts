/** The engine's facade over real forked processes: answers, death, restart, cancelling, closing. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type EngineHost, hostEngine } from '../../../src/main/engine/host.js';
import type { ErrorData } from '../../../src/shared/errors.js';
import type { InputOf, RunProgress } from '../../../src/main/engine/engine.js';
import { engineStarter, type EngineProcess, type EngineRequest } from '../../../src/main/engine/messages.js';
import { forkNode } from '../../../src/main/processes/fork-node.js';
import type { ToProcess } from '../../../src/main/processes/messages.js';
import { writeTree } from '../../support/file-tree.js';

const script = fileURLToPath(new URL('../../fixtures/engine/process.mjs', import.meta.url));

/** What the fixture's `echo` answers. */
interface Echo {
  readonly pid: number;
  readonly role: string;
  readonly threads: string;
  readonly provider: string;
  readonly opened: number;
  readonly cancelled: readonly number[];
}

const hosts: EngineHost[] = [];
function startHost(sent: ToProcess<EngineRequest>[] = [], onNotice?: (notice: ErrorData) => void): EngineHost {
  const start = engineStarter(forkNode, script, { threads: 2, provider: 'cuda' });
  const host = hostEngine((role): EngineProcess => {
    const child = start(role);
    return {
      ...child,
      post: (message) => {
        sent.push(message);
        child.post(message);
      },
    };
  }, onNotice);
  hosts.push(host);
  return host;
}
/** The fixture answers every model call with an {@link Echo}. */
const echo = async (host: EngineHost, path = 'echo'): Promise<Echo> =>
  (await host.openModel({ model: { path } })) as unknown as Echo;

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

describe('hostEngine', () => {
  it('starts the processes with their role, thread count and provider, on the first call', async () => {
    const host = startHost();
    const compute = await echo(host);
    const pictures = (await host.picture({ source: { path: 'x.jpg' }, size: 'thumb' })) as unknown as Echo;
    expect([compute.role, compute.threads, compute.provider]).toEqual(['compute', '2', 'cuda']);
    expect(pictures.role).toBe('pictures');
    expect(pictures.pid).not.toBe(compute.pid);
  });

  it('carries typed arrays both ways', async () => {
    const host = startHost();
    const [outcome] = await host.predict({ model: { path: 'echo' }, inputs: [{ path: 'x.jpg' }] });
    expect(outcome).toEqual({ ok: true, probabilities: Float32Array.of(0.25, 0.75) });
  });

  it('tells how far a call has come before its answer', async () => {
    const seen: (readonly [number, number])[] = [];
    const request = { method: 'rollout', parameters: {} } as const;
    const onProgress = ({ done, total }: RunProgress): void => void seen.push([done, total]);
    const call = { model: { path: 'progress' }, inputs: [], request };
    expect(await startHost().explainWith(call, { onProgress })).toEqual([]);
    expect(seen).toEqual([[1, 2]]);
  });

  it('knows what the processes say they run on, and passes their notice on once', async () => {
    const notices: ErrorData[] = [];
    const host = startHost([], (notice) => notices.push(notice));
    await echo(host);
    expect([host.provider, notices]).toEqual([null, []]);
    await echo(host, 'fallback:a');
    await echo(host, 'fallback:b');
    expect(host.provider).toEqual({ name: 'CPU', note: 'CUDA is not used: no card.' });
    expect(notices).toEqual([{ code: 'PROVIDER_UNAVAILABLE', message: 'CUDA is not used: no card.', hint: '' }]);
    await echo(host, 'works');
    expect(host.provider).toEqual({ name: 'CUDA', note: '' });
    expect(notices.length).toBe(1);
  });

  it('passes errors on as AppErrors', async () => {
    await expect(startHost().openModel({ model: { path: 'fail' } })).rejects.toMatchObject({
      name: 'AppError',
      code: 'MODEL_NOT_VIT',
      message: 'x.onnx is no ViT',
      hint: 'Try another',
    });
  });

  it('rejects every running call when the process is killed, saying by what, and starts anew with the next', async () => {
    const host = startHost();
    const before = await echo(host, 'echo');
    const waiting = host.predict({ model: { path: 'wait' }, inputs: [] });
    const crash = host.predict({ model: { path: 'crash' }, inputs: [] });
    const message = 'The engine process was ended by signal SIGKILL.';
    await expect(crash).rejects.toMatchObject({ code: 'ENGINE_STOPPED', message });
    await expect(waiting).rejects.toMatchObject({ code: 'ENGINE_STOPPED', message });
    const after = await echo(host);
    expect(after.pid).not.toBe(before.pid);
    expect(after.opened).toBe(1);
  });

  it('tries once more when the process dies while it opens a model, inspects it or lists its methods', async () => {
    const root = await writeTree({});
    const dies = (name: string): InputOf<'openModel'> => ({ model: { path: `once:${join(root, name)}` } });
    const host = startHost();
    expect(await host.openModel(dies('a'))).toMatchObject({ role: 'compute', opened: 1 });
    expect(await host.inspectModel(dies('b'))).toMatchObject({ role: 'inspector' });
    expect(await host.methods(dies('c'))).toMatchObject({ role: 'compute' });
    expect((await readdir(root)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('does not try work on images again by itself: one of them may be what kills the process', async () => {
    const root = await writeTree({});
    const model = { path: `once:${join(root, 'a')}` };
    await expect(startHost().predict({ model, inputs: [] })).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
  });

  it('says the exit code of a process that ended by itself', async () => {
    await expect(startHost().openModel({ model: { path: 'exit' } })).rejects.toMatchObject({
      code: 'ENGINE_STOPPED',
      message: 'The engine process ended with exit code 3.',
    });
  });

  it('rejects a cancelled call at once and tells the process', async () => {
    const sent: ToProcess<EngineRequest>[] = [];
    const host = startHost(sent);
    const controller = new AbortController();
    const call = host.openModel({ model: { path: 'wait' } }, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    const next = host.predict({ model: { path: 'wait' }, inputs: [] }, { signal: controller.signal });
    await expect(next).rejects.toMatchObject({ code: 'CANCELLED' });
    const request = sent.find((message) => message.kind === 'request');
    const cancels = sent.filter((message) => message.kind === 'cancel');
    // The first call may be cancelled before or after it was sent; what was sent is cancelled, once.
    expect(cancels.map((message) => message.id)).toEqual(request === undefined ? [] : [request.id]);
  });

  it('opens another model in a fresh process, because only the end of a process frees a model', async () => {
    const host = startHost();
    const first = await echo(host, 'echo:a');
    const again = await echo(host, 'echo:a');
    const other = await echo(host, 'echo:b');
    expect(again.pid).toBe(first.pid);
    expect(other.pid).not.toBe(first.pid);
    expect(other.opened).toBe(1);
  });

  it('opens the same files with another choice in a fresh process', async () => {
    const host = startHost();
    const first = await echo(host, 'echo:a');
    const preprocessing = { preset: 'clip' as const };
    const model = { path: 'echo:a', choice: { preprocessing, classNames: null, values: null } };
    const other = (await host.openModel({ model })) as unknown as Echo;
    expect(other.pid).not.toBe(first.pid);
  });

  it('inspects in a process of its own, which ends with the last inspection', async () => {
    const host = startHost();
    const inspect = async (): Promise<Echo> =>
      (await host.inspectModel({ model: { path: 'echo' } })) as unknown as Echo;
    const { pid } = await echo(host);
    const [one, other] = await Promise.all([inspect(), inspect()]);
    expect(one.role).toBe('inspector');
    expect(one.pid).not.toBe(pid);
    expect(other.pid).toBe(one.pid);
    const later = await inspect();
    expect([pid, one.pid]).not.toContain(later.pid);
    expect(() => process.kill(one.pid, 0)).toThrow('ESRCH');
    expect((await echo(host)).pid).toBe(pid);
  });

  it('gives up an inspection at once, and the next one gets a new process', async () => {
    const host = startHost();
    const controller = new AbortController();
    const call = host.inspectModel({ model: { path: 'wait' } }, { signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(host.inspectModel({ model: { path: 'fail' } })).rejects.toMatchObject({ code: 'MODEL_NOT_VIT' });
  });

  it('leaves behind a process that even a kill does not end, and starts another', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const start = engineStarter(forkNode, script, { threads: 2, provider: 'cpu' });
    const children: EngineProcess[] = [];
    let kills = 0;
    const host = hostEngine((role): EngineProcess => {
      const child = start(role);
      children.push(child);
      const deaf = children.length === 1;
      const post = (message: ToProcess<EngineRequest>): void => {
        if (!deaf || message.kind !== 'close') child.post(message);
      };
      return deaf ? { ...child, post, kill: () => kills++, onExit: () => undefined } : child;
    });
    hosts.push(host);
    const first = await echo(host, 'echo:a');
    const second = echo(host, 'echo:b');
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await second).pid).not.toBe(first.pid);
    expect(kills).toBe(1);
    children[0]?.kill();
  });

  it('close ends the processes and rejects what runs', async () => {
    const host = startHost();
    const { pid } = await echo(host);
    const call = host.predict({ model: { path: 'wait' }, inputs: [] });
    const rejected = expect(call).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
    await host.close();
    await rejected;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(host.openModel({ model: { path: 'echo' } })).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
  });
});
