import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  armBackoff,
  type BackoffState,
  clearBackoff,
  containerBackoffKey,
  crashLoopMessage,
  goSeconds,
  imageBackoffKey,
  pullBlockedUntil,
  restartBlockedUntil,
} from '../../src/kubelet/backoff.ts';
import { ago, later, NOW } from './scenario.ts';

const KEY = 'container/web/1';
const entry = (seconds: number, updatedSecondsAgo: number): BackoffState => ({ [KEY]: { seconds, updatedAt: ago(updatedSecondsAgo) } });

describe('back-off', () => {
  const rows: { name: string; state: BackoffState; finishedAt: string; want: Date | undefined }[] = [
    { name: 'no entry: at once', state: {}, finishedAt: ago(0), want: undefined },
    { name: 'counts from the end', state: entry(20, 100), finishedAt: ago(5), want: later(15) },
    { name: 'over', state: entry(20, 100), finishedAt: ago(20), want: undefined },
    { name: 'ended more than 10 min after the last update: forgotten', state: entry(300, 700), finishedAt: ago(60), want: undefined },
    { name: 'not yet forgotten', state: entry(300, 640), finishedAt: ago(60), want: later(240) },
    { name: 'an end in the future blocks no longer than the delay', state: entry(10, 0), finishedAt: ago(-3600), want: later(10) },
  ];
  for (const { name, state, finishedAt, want } of rows)
    it(name, () => assert.deepEqual(restartBlockedUntil(state, KEY, finishedAt, NOW), want));

  it('doubles up to 300 s', () => {
    let state: BackoffState = {};
    const seen: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      state = armBackoff(state, KEY, ago(1), NOW);
      seen.push(state[KEY]?.seconds ?? 0);
    }
    assert.deepEqual(seen, [10, 20, 40, 80, 160, 300, 300, 300]);
    assert.deepEqual(state, { [KEY]: { seconds: 300, updatedAt: NOW.toISOString() } });
  });
  it('starts afresh after ten quiet minutes', () => {
    assert.deepEqual(armBackoff(entry(160, 700), KEY, ago(90), NOW), { [KEY]: { seconds: 10, updatedAt: NOW.toISOString() } });
  });
  it('of pulls counts from the last try, and success clears it', () => {
    const key = imageBackoffKey('x:1');
    const state = armBackoff({}, key, undefined, NOW);
    assert.deepEqual(pullBlockedUntil(state, key, later(4)), later(10));
    assert.equal(pullBlockedUntil(state, key, later(10)), undefined);
    assert.deepEqual(clearBackoff(state, key), {});
  });
  it('another image has another key', () => {
    assert.notEqual(containerBackoffKey({ name: 'a', image: 'x:1' }), containerBackoffKey({ name: 'a', image: 'x:2' }));
    assert.equal(
      containerBackoffKey({ name: 'a', image: 'x:1' }),
      containerBackoffKey({ name: 'a', image: 'x:1', imagePullPolicy: 'Always' }),
    );
  });
  it('is said in Kubernetes’s words', () => {
    assert.deepEqual([10, 40, 60, 80, 160, 300].map(goSeconds), ['10s', '40s', '1m0s', '1m20s', '2m40s', '5m0s']);
    assert.equal(crashLoopMessage(10, 'c', 'p_ns(u)'), 'back-off 10s restarting failed container=c pod=p_ns(u)');
  });
  it('never blocks beyond 300 s, whatever the times', () => {
    const when = fc.integer({ min: -100_000, max: 100_000 });
    fc.assert(
      fc.property(fc.constantFrom(10, 20, 300), when, when, (seconds, updated, finished) => {
        const until = restartBlockedUntil(entry(seconds, updated), KEY, ago(finished), NOW);
        assert.ok(until === undefined || (until > NOW && until <= later(300)));
      }),
    );
  });
});
