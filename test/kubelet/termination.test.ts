import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KillRecord } from '../../src/kubelet/record.ts';
import { beginKill, type KillStep, killStep, stopSignal } from '../../src/kubelet/termination.ts';
import { ago, later, NOW } from './scenario.ts';

const wish = (gracePeriodSeconds: number) => ({ why: 'Stopping container c', restart: false, gracePeriodSeconds });
const kill = (grace: number, change: Partial<KillRecord> = {}): KillRecord => ({ ...beginKill(undefined, wish(grace), NOW), ...change });

describe('end of a container', () => {
  const rows: { name: string; kill: KillRecord; preStop?: boolean; hookRunning?: boolean; at?: number; want: KillStep }[] = [
    { name: 'no hook: the stop signal at once', kill: kill(30), want: { step: 'stop' } },
    { name: 'hook first, within the grace', kill: kill(30), preStop: true, at: 1, want: { step: 'preStop', timeoutMs: 29_000 } },
    { name: 'hook runs: wait', kill: kill(30), preStop: true, hookRunning: true, at: 5, want: { step: 'wait', until: later(30) } },
    {
      name: 'hook begun by an engine that died: again',
      kill: kill(30, { hookStartedAt: ago(-1) }),
      preStop: true,
      at: 3,
      want: { step: 'preStop', timeoutMs: 27_000 },
    },
    { name: 'hook ended: the stop signal', kill: kill(30, { hookEndedAt: ago(-3) }), preStop: true, at: 3, want: { step: 'stop' } },
    { name: 'hook outlasts the grace: the stop signal', kill: kill(30), preStop: true, hookRunning: true, at: 30, want: { step: 'stop' } },
    { name: 'signalled: wait for the deadline', kill: kill(30, { stoppedAt: ago(-4) }), at: 5, want: { step: 'wait', until: later(30) } },
    { name: 'deadline: SIGKILL', kill: kill(30, { stoppedAt: ago(0) }), at: 30, want: { step: 'kill' } },
    {
      name: 'signalled late: two seconds at least',
      kill: kill(30, { stoppedAt: ago(-30) }),
      at: 31,
      want: { step: 'wait', until: later(32) },
    },
    { name: 'a grace of one second is two', kill: kill(1, { stoppedAt: ago(0) }), at: 1, want: { step: 'wait', until: later(2) } },
    { name: 'no grace: SIGKILL, no hook', kill: kill(0), preStop: true, want: { step: 'kill' } },
    { name: 'killed: again after 5 s', kill: kill(0, { killedAt: ago(0) }), at: 2, want: { step: 'wait', until: later(5) } },
    { name: 'still there: again', kill: kill(0, { killedAt: ago(0) }), at: 5, want: { step: 'kill' } },
  ];
  for (const { name, kill: record, preStop = false, hookRunning = false, at = 0, want } of rows)
    it(name, () => assert.deepEqual(killStep(record, { preStop, hookRunning, now: later(at) }), want));

  it('begins', () => {
    assert.deepEqual(beginKill(undefined, wish(30), NOW), {
      why: 'Stopping container c',
      restart: false,
      gracePeriodSeconds: 30,
      startedAt: NOW.toISOString(),
      deadline: later(30).toISOString(),
    });
  });
  it('the same wish again changes nothing', () => {
    const record = kill(30);
    assert.equal(beginKill(record, wish(30), later(10)), record);
    assert.equal(beginKill(record, wish(60), later(10)), record);
  });
  it('less grace counts from when it is asked for', () => {
    assert.deepEqual(beginKill(kill(30, { stoppedAt: ago(0) }), wish(5), later(10)), {
      ...kill(30, { stoppedAt: ago(0) }),
      gracePeriodSeconds: 5,
      deadline: later(15).toISOString(),
    });
  });
  it('grace 0 makes an end of it', () => {
    const record = beginKill(kill(30, { stoppedAt: ago(0) }), wish(0), later(10));
    assert.deepEqual(killStep(record, { preStop: false, hookRunning: false, now: later(10) }), { step: 'kill' });
  });
  it('of a deleted pod is not for a restart any more', () => {
    const replaced = beginKill(undefined, { ...wish(30), restart: true }, NOW);
    assert.deepEqual(beginKill(replaced, wish(30), NOW), { ...replaced, restart: false });
  });
  it('signals', () => {
    const names = [undefined, '', 'TERM', 'SIGQUIT', ' sigint ', '15', 'RTMIN+3'].map((s) => stopSignal({ name: 'c' }, s));
    assert.deepEqual(names, ['SIGTERM', 'SIGTERM', 'SIGTERM', 'SIGQUIT', 'SIGINT', '15', 'SIGRTMIN+3']);
    assert.equal(stopSignal({ name: 'c', lifecycle: { stopSignal: 'SIGUSR1' } }, 'SIGINT'), 'SIGUSR1');
  });

  it('whenever engines die, SIGKILL comes by the deadline or two seconds after the stop signal', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.boolean(),
        fc.array(fc.nat(8), { minLength: 30, maxLength: 60 }),
        (grace, preStop, gaps) => {
          let record = kill(grace);
          let now = 0;
          const log: [string, number][] = [];
          for (const gap of gaps) {
            const step = killStep(record, { preStop, hookRunning: false, now: later(now) });
            log.push([step.step, now]);
            if (step.step === 'stop') record = { ...record, stoppedAt: later(now).toISOString() };
            if (step.step === 'kill') break;
            if (step.step === 'wait') assert.ok(step.until > later(now));
            // the hook is never heard of again: every engine that runs it dies
            now += step.step === 'stop' ? 0 : Math.max(1, gap);
          }
          const killed = log.find(([step]) => step === 'kill')?.[1] ?? Number.POSITIVE_INFINITY;
          const stopped = log.find(([step]) => step === 'stop')?.[1];
          if (grace === 0) assert.deepEqual(log, [['kill', 0]]);
          else
            assert.ok(
              stopped !== undefined && killed >= Math.max(grace, stopped + 2) && killed <= Math.max(grace, stopped + 2) + 8,
              JSON.stringify(log),
            );
        },
      ),
    );
  });
});
