import assert from 'node:assert/strict';
import { type Activity, decideRest, type Rest } from '../../src/engine/idle.ts';

const quiet = (): Activity => ({ now: 100_000, lastActivity: 90_000, openRequests: 0, inFlight: 0, nextDue: undefined, holding: true });

const rows: { name: string; change: (a: Activity) => void; want: Rest }[] = [
  { name: 'quiet pods: sleep until an event', change: () => {}, want: { rest: 'sleep' } },
  { name: 'no pods: everything may end', change: (a) => (a.holding = false), want: { rest: 'exit' } },
  { name: 'an open watch keeps it awake', change: (a) => (a.openRequests = 1), want: { rest: 'awake', lookAgainMs: 3_000 } },
  { name: 'a start under way keeps it awake', change: (a) => (a.inFlight = 1), want: { rest: 'awake', lookAgainMs: 3_000 } },
  { name: 'just active: linger', change: (a) => (a.lastActivity = 99_000), want: { rest: 'awake', lookAgainMs: 2_000 } },
  { name: 'a back-off of 20 s is waited for', change: (a) => (a.nextDue = 120_000), want: { rest: 'awake', lookAgainMs: 20_000 } },
  { name: 'a back-off of 80 s is left to the timer', change: (a) => (a.nextDue = 180_500), want: { rest: 'sleep', wakeInSeconds: 80 } },
  {
    name: 'a due time is kept even when nothing is held',
    change: (a) => Object.assign(a, { holding: false, nextDue: 300_000 }),
    want: { rest: 'sleep', wakeInSeconds: 200 },
  },
];
describe('engine rest', () => {
  for (const row of rows) {
    it(row.name, () => {
      const activity = quiet();
      row.change(activity);
      assert.deepEqual(decideRest(activity), row.want);
    });
  }
});
