import assert from 'node:assert/strict';
import type { PlayStatus } from '../../../src/api/objects.ts';
import type { StoredPlay } from '../../../src/engine/play/facts.ts';
import { nextPlay, outdated } from '../../../src/engine/play/queue.ts';

const play = (name: string, at: number, phase?: PlayStatus['phase'], more: { finishedAt?: string; cancel?: boolean } = {}): StoredPlay => ({
  apiVersion: 'podstead.dev/v1',
  kind: 'Play',
  metadata: { name, uid: name, creationTimestamp: `2026-01-02T03:04:0${at}Z`, resourceVersion: String(name.charCodeAt(0)) },
  spec: { mode: 'play', objects: [], ...(more.cancel ? { cancel: true } : {}) },
  ...(phase ? { status: { phase, results: [], pods: [], undo: [], ...(more.finishedAt ? { finishedAt: more.finishedAt } : {}) } } : {}),
});

const rows: { name: string; plays: StoredPlay[]; want: string | undefined }[] = [
  { name: 'none', plays: [], want: undefined },
  { name: 'only finished ones', plays: [play('a', 1, 'Succeeded'), play('b', 1, 'Failed'), play('c', 1, 'Undone')], want: undefined },
  { name: 'the oldest', plays: [play('a', 2), play('b', 1), play('c', 3, 'Queued')], want: 'b' },
  { name: 'of one second: the first', plays: [play('b', 1), play('a', 1)], want: 'a' },
  { name: 'the one that runs, before older ones', plays: [play('a', 1), play('b', 2, 'Running')], want: 'b' },
  { name: 'the one that is being undone', plays: [play('a', 1), play('b', 2, 'Undoing')], want: 'b' },
  {
    name: 'what was called off before its turn, at once',
    plays: [play('a', 1, 'Running'), play('b', 2), play('c', 3, undefined, { cancel: true })],
    want: 'c',
  },
];

describe('the queue of plays', () => {
  for (const row of rows) it(row.name, () => assert.equal(nextPlay(row.plays)?.metadata.name, row.want));

  it('keeps the last 20 finished ones', () => {
    const done = Array.from({ length: 22 }, (_, i) =>
      play(`p${i}`, 1, 'Succeeded', { finishedAt: `2026-01-02T03:04:${String(59 - i).padStart(2, '0')}Z` }),
    );
    assert.deepEqual(
      outdated([play('a', 1), play('b', 1, 'Running'), ...done]).map((p) => p.metadata.name),
      ['p20', 'p21'],
    );
  });
});
