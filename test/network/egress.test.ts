import assert from 'node:assert/strict';
import {
  countFailure,
  type EgressPlan,
  type EgressState,
  egressPlan,
  egressTrouble,
  masqueradeTrouble,
  observeEgress,
  parseEgress,
  readEgress,
  readTrouble,
  retryDelay,
} from '../../src/network/egress.ts';

const now = 1_000_000;
const healthy = (): EgressState => ({
  alive: true,
  waiting: false,
  hasDefaultRoute: true,
  startedAt: now - 60_000,
  failures: 0,
  needed: true,
  now,
});

const rows: { name: string; change: (s: EgressState) => void; want: EgressPlan }[] = [
  { name: 'it runs', change: () => {}, want: { do: 'nothing', why: 'it runs' } },
  {
    name: 'it ended after a long life: at once',
    change: (s) => Object.assign(s, { alive: false, failures: 1 }),
    want: { do: 'start', why: 'it ended, 1 in a row' },
  },
  {
    name: 'it ended again and again: later',
    change: (s) => Object.assign(s, { alive: false, failures: 4, startedAt: now - 500 }),
    want: { do: 'wait', at: now + 1500, why: 'it ended, 4 in a row' },
  },
  {
    name: 'never started',
    change: (s) => {
      s.alive = false;
      delete s.startedAt;
    },
    want: { do: 'start', why: 'never started' },
  },
  {
    name: 'no default route: it is waited for',
    change: (s) => Object.assign(s, { waiting: true, hasDefaultRoute: false }),
    want: { do: 'nothing', why: 'it waits for a default route' },
  },
  {
    name: 'no default route, and nobody waits for it any more',
    change: (s) => Object.assign(s, { alive: false, failures: 1, waiting: true, hasDefaultRoute: false }),
    want: { do: 'start', why: 'it ended, 1 in a row' },
  },
  {
    name: 'a default route came, and the waiting ends',
    change: (s) => Object.assign(s, { waiting: true }),
    want: { do: 'start', why: 'a default route has come' },
  },
  {
    name: 'a default route came, and the waiting has ended',
    change: (s) => Object.assign(s, { alive: false, failures: 3, startedAt: now - 10, waiting: true }),
    want: { do: 'start', why: 'a default route has come' },
  },
  {
    name: 'no pod needs it',
    change: (s) => Object.assign(s, { alive: false, needed: false }),
    want: { do: 'nothing', why: 'no pod needs it' },
  },
  {
    name: 'it cannot be had',
    change: (s) => Object.assign(s, { alive: false, unable: '/dev/net/tun is closed to us' }),
    want: { do: 'nothing', why: '/dev/net/tun is closed to us' },
  },
];

describe('egress', () => {
  it('reads what was left', async () => {
    assert.deepEqual(parseEgress('pasta\n'), { kind: 'pasta' });
    assert.deepEqual(parseEgress('none: /dev/net/tun cannot be opened\n'), { none: '/dev/net/tun cannot be opened' });
    assert.deepEqual(await readEgress('/nowhere'), { none: 'not started yet' });
    const { hasDefaultRoute: _, ...observed } = await observeEgress('/nowhere');
    assert.deepEqual(observed, { alive: false, waiting: false });
  });
  it('says why pods cannot reach the outside', () => {
    const trouble = (text: string) => egressTrouble(parseEgress(text));
    assert.equal(trouble('pasta\n'), undefined);
    assert.equal(trouble('none: not started yet\n'), undefined);
    assert.equal(trouble('none: this machine has no default route\n'), 'this machine has no default route (once there is one they can)');
    assert.equal(trouble('none: pasta and slirp4netns are missing\n'), 'pasta and slirp4netns are missing (podstead doctor says more)');
  });
  it('says why pods cannot be hidden behind this machine', async () => {
    assert.equal(masqueradeTrouble(''), undefined);
    assert.equal(masqueradeTrouble('sh: 1: exec: nft: not found\n'), 'nft is not installed (sudo apt-get install nftables)');
    assert.equal(masqueradeTrouble('netlink: Error\nOperation not permitted\n'), 'nft failed: Operation not permitted');
    assert.equal(await readTrouble('/nowhere'), undefined);
  });
  for (const row of rows)
    it(row.name, () => {
      const state = healthy();
      row.change(state);
      assert.deepEqual(egressPlan(state), row.want);
    });
  it('a long life begins the count anew', () => {
    assert.equal(countFailure(5, now, now + 20_000), 1);
    assert.equal(countFailure(5, now, now + 20), 6);
  });
  it('delays grow to half a minute', () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(retryDelay), [0, 0, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  });
});
