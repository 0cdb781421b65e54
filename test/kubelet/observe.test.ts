import assert from 'node:assert/strict';
import { type ContainerFacts, type ContainerFinding, observeContainer } from '../../src/kubelet/observe.ts';
import type { ContainerRecord } from '../../src/kubelet/record.ts';

const running = (): ContainerRecord => ({
  id: 'c1',
  podUid: 'u',
  sandboxId: 's',
  namespace: 'default',
  pod: 'p',
  name: 'web',
  kind: 'app',
  attempt: 0,
  specHash: 'h',
  image: 'localhost/x:1',
  imageId: 'i',
  state: 'running',
  process: { pid: 10, start: '5' },
  conmon: { pid: 9, start: '4' },
  bootId: 'b',
  createdAt: '2026-01-01T00:00:00Z',
  startedAt: '2026-01-01T00:00:01Z',
  logPath: '/l',
});
const healthy = (): ContainerFacts => ({ bootId: 'b', processAlive: true, conmonAlive: true, now: '2026-01-01T00:01:00Z' });
const lost = {
  state: 'exited',
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when its pod was looked at',
};

interface Row {
  name: string;
  record?: (r: ContainerRecord) => void;
  facts?: (f: ContainerFacts) => void;
  want: (r: ContainerRecord) => ContainerFinding;
}
const rows: Row[] = [
  { name: 'alive and watched: nothing new', want: () => ({ found: 'same' }) },
  { name: 'already ended: never looked at again', record: (r) => (r.state = 'exited'), want: () => ({ found: 'same' }) },
  { name: 'conmon killed: has to be ended', facts: (f) => (f.conmonAlive = false), want: () => ({ found: 'unwatched' }) },
  { name: 'process gone, exit file not yet there', facts: (f) => (f.processAlive = false), want: () => ({ found: 'ending' }) },
  {
    name: 'both gone and no exit file: unknown',
    facts: (f) => Object.assign(f, { processAlive: false, conmonAlive: false }),
    want: (r) => ({ found: 'changed', record: { ...r, ...lost, state: 'exited', finishedAt: '2026-01-01T00:01:00Z' } }),
  },
  {
    name: 'exit file with 0: Completed',
    facts: (f) => Object.assign(f, { processAlive: false, exit: { code: 0, finishedAt: '2026-01-01T00:00:30Z' } }),
    want: (r) => ({
      found: 'changed',
      record: { ...r, state: 'exited', exitCode: 0, reason: 'Completed', finishedAt: '2026-01-01T00:00:30Z' },
    }),
  },
  {
    name: 'exit file older than the start: the end is not before the start',
    facts: (f) => Object.assign(f, { exit: { code: 3, finishedAt: '2026-01-01T00:00:00Z' } }),
    want: (r) => ({
      found: 'changed',
      record: { ...r, state: 'exited', exitCode: 3, reason: 'Error', finishedAt: '2026-01-01T00:00:01Z' },
    }),
  },
  {
    name: 'killed for memory',
    facts: (f) => Object.assign(f, { exit: { code: 137, finishedAt: '2026-01-01T00:00:30Z', oomKilled: true } }),
    want: (r) => ({
      found: 'changed',
      record: { ...r, state: 'exited', exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:30Z' },
    }),
  },
  {
    name: 'made in another boot: unknown, whatever now has its number',
    record: (r) => (r.bootId = 'earlier'),
    want: (r) => ({ found: 'changed', record: { ...r, ...lost, state: 'exited', finishedAt: '2026-01-01T00:01:00Z' } }),
  },
  { name: 'registered only: half made', record: (r) => (r.state = 'creating'), want: () => ({ found: 'half-made' }) },
];
describe('observation of a container', () => {
  for (const row of rows) {
    it(row.name, () => {
      const record = running();
      const facts = healthy();
      row.record?.(record);
      row.facts?.(facts);
      assert.deepEqual(observeContainer(record, facts), row.want(record));
    });
  }
});
