import { describe, expect, it } from 'vitest';

import { AppError } from '../../../src/shared/errors.js';
import type { Precision } from '../../../src/shared/precision.js';
import { chosenMaps, mapSeconds, precisionOffer } from '../../../src/renderer/state/map-costs.js';
import { vitBaseSummary } from '../../support/fake-models.js';
import { fakeSpeed } from '../../support/fake-speed.js';
import { openWindow, type OpenedWindow } from '../../support/window.js';

const names = ['Boot', 'Coat', 'Shirt'];

const open = (): Promise<OpenedWindow> => openWindow({ labels: [0, 1, 2, 0], names });

describe('the speed of this machine', () => {
  it('is measured once at a time and kept while it is measured again', async () => {
    const { app, bridge } = await open();
    await Promise.all([app.speed.measure(), app.speed.measure()]);
    expect(bridge.count('speed.measure')).toBe(1);
    const first = app.speed.report;
    expect(first?.provider).toBe('CPU');
    const again = app.speed.measure();
    expect([app.speed.measuring, app.speed.report]).toEqual([true, first]);
    await again;
    expect(app.speed.measuring).toBe(false);
  });

  it('says in place why it could not be measured, and keeps what it has', async () => {
    const { app, bridge } = await open();
    await app.speed.measure();
    bridge.failures.set('speed.measure', new AppError('OUT_OF_MEMORY', 'The memory is full.', 'Close something.'));
    await app.speed.measure();
    expect(app.speed.error?.message).toBe('The memory is full.');
    expect(app.speed.report).not.toBeNull();
    expect(app.notices.items).toEqual([]);
    await app.speed.measure();
    expect(app.speed.error).toBeNull();
  });

  it('compares a rough precision with float32, and tells what went wrong', async () => {
    const { app, bridge } = await open();
    expect(app.speed.fidelity('int8')).toBeNull();
    bridge.failures.set('speed.fidelity', new AppError('ENGINE_STOPPED', 'The engine stopped.'));
    const failing = app.speed.compare('int8');
    expect(app.speed.fidelity('int8')?.state).toBe('loading');
    await failing;
    expect(app.speed.fidelity('int8')).toMatchObject({ state: 'failed', error: { code: 'ENGINE_STOPPED' } });
    await app.speed.compare('int8');
    expect(app.speed.fidelity('int8')).toMatchObject({ state: 'ready', value: { images: 4 } });
    expect(app.speed.fidelity('float16')).toBeNull();
  });

  it('is forgotten with the project, also when it comes late', async () => {
    const { app, bridge } = await open();
    await app.speed.measure();
    await app.speed.compare('int8');
    const late = [app.speed.measure(), app.speed.compare('float16')];
    await bridge.call('project.close', undefined);
    expect([app.speed.report, app.speed.measuring, app.speed.fidelity('int8')]).toEqual([null, false, null]);
    await Promise.all(late);
    expect([app.speed.report, app.speed.fidelity('float16')]).toEqual([null, null]);
  });
});

describe('the cost of a map', () => {
  const report = fakeSpeed('CPU', { masks: 1024, ratio: 0.5 }, 2);
  const choice = { masks: 1024, ratio: 0.5, precision: 'float32' } as const;

  it('is unknown before it was measured', () => {
    expect(mapSeconds(null, choice)).toBeNull();
    expect(mapSeconds(report, { ...choice, precision: 'float16' })).toBeNull();
  });

  it('is in proportion to the masks and falls with the share of patches', () => {
    const whole = mapSeconds(report, choice) ?? expect.fail();
    expect(mapSeconds(report, { ...choice, masks: 512 })).toBeCloseTo(whole / 2, 10);
    expect(mapSeconds(report, { ...choice, ratio: 0.25 })).toBeLessThan(whole);
  });

  it('takes a rough precision to be as many times as fast at shares where it was not measured', () => {
    const clustering = report.plan.milliseconds / 1000;
    const exact = (mapSeconds(report, { ...choice, ratio: 0.125 }) ?? expect.fail()) - clustering;
    const rough = (mapSeconds(report, { ...choice, ratio: 0.125, precision: 'int8' }) ?? expect.fail()) - clustering;
    expect(exact / rough).toBeCloseTo(2, 10);
  });

  it('counts no more masks than the model has hidden columns', () => {
    const model = vitBaseSummary(names);
    expect(chosenMaps({ ...choice, masks: 2048 }, { ...model, blocks: 6, width: 96 }).masks).toBe(576);
    expect(chosenMaps({ ...choice, masks: 2048 }, undefined).masks).toBe(2048);
  });
});

describe('the offer of precisions', () => {
  const choice = { masks: 1024, ratio: 0.5 };
  const fast = fakeSpeed('CPU', choice, 1.8);
  const slow = fakeSpeed('CPU', choice, 0.8);
  const offer = (
    precision: Precision,
    { report = null as typeof fast | null, provider = 'CPU' as 'CPU' | 'CUDA' | null, chosen = 'float32' as Precision },
  ): ReturnType<typeof precisionOffer> => precisionOffer(report, { ...choice, precision }, { provider, chosen });

  it('always holds float32', () => {
    expect(offer('float32', { provider: null })).toMatchObject({ allowed: true, reason: '' });
  });

  it('holds int8 on a processor once it is measured to be faster', () => {
    expect(offer('int8', {})).toMatchObject({ allowed: false, gain: null });
    expect(offer('int8', {}).reason).toContain('once it is measured');
    expect(offer('int8', { report: slow })).toMatchObject({ allowed: false });
    expect(offer('int8', { report: slow }).reason).toContain('not faster');
    expect(offer('int8', { report: fakeSpeed('CPU', choice, 1.01) })).toMatchObject({ allowed: false });
    expect(offer('int8', { report: fast })).toMatchObject({ allowed: true, reason: '', runs: true });
    expect(offer('int8', { report: fast, provider: 'CUDA' })).toMatchObject({ allowed: false, runs: false });
  });

  it('holds float16 with CUDA only', () => {
    expect(offer('float16', {})).toMatchObject({ allowed: false, reason: 'float16 needs CUDA.' });
    expect(offer('float16', { provider: 'CUDA' })).toMatchObject({ allowed: true, reason: '', runs: true });
  });

  it('leaves what is chosen choosable, and says what speaks against it', () => {
    expect(offer('int8', { chosen: 'int8' })).toMatchObject({ allowed: true });
    expect(offer('int8', { report: slow, chosen: 'int8' }).reason).toContain('not faster');
    expect(offer('float16', { chosen: 'float16' })).toMatchObject({ allowed: true, reason: 'float16 needs CUDA.' });
  });
});
