import assert from 'node:assert/strict';
import type { Stored } from '../../../src/api/objects.ts';
import { type DeletionFacts, decideDeletion, isReleased } from '../../../src/engine/registry/deletion.ts';
import type { DeleteOptions } from '../../../src/engine/registry/options.ts';

const now = new Date('2026-01-01T00:01:00Z');
const meta = { name: 'x', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const pod = (more: Partial<Stored['metadata']> = {}, status: object = { phase: 'Running' }): Stored => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...meta, ...more },
  spec: { containers: [], terminationGracePeriodSeconds: 20 },
  status,
});
const plain = (more: Partial<Stored['metadata']> = {}): Stored => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { ...meta, generation: 1, ...more },
});
const going = { deletionTimestamp: '2026-01-01T00:01:15Z', deletionGracePeriodSeconds: 20 };
const held = true;

interface Row {
  name: string;
  object: Stored;
  options?: DeleteOptions;
  hasResources?: boolean;
  want: 'remove' | 'nothing' | Partial<Stored['metadata']>;
}
const rows: Row[] = [
  { name: 'a pod nothing was made for goes', object: pod(), want: 'remove' },
  {
    name: 'a pod gets its own grace',
    object: pod(),
    hasResources: held,
    want: { deletionTimestamp: '2026-01-01T00:01:20Z', deletionGracePeriodSeconds: 20 },
  },
  {
    name: 'or the one asked for',
    object: pod(),
    hasResources: held,
    options: { gracePeriodSeconds: 5 },
    want: { deletionTimestamp: '2026-01-01T00:01:05Z', deletionGracePeriodSeconds: 5 },
  },
  {
    name: 'a negative one is the shortest',
    object: pod(),
    hasResources: held,
    options: { gracePeriodSeconds: -1 },
    want: { deletionTimestamp: '2026-01-01T00:01:01Z', deletionGracePeriodSeconds: 1 },
  },
  {
    name: 'grace 0 still waits for the kubelet',
    object: pod(),
    hasResources: held,
    options: { gracePeriodSeconds: 0 },
    want: { deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 0 },
  },
  {
    name: 'a finished pod needs no grace',
    object: pod({}, { phase: 'Failed' }),
    hasResources: held,
    want: { deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 0 },
  },
  { name: 'again with more: nothing', object: pod(going), hasResources: held, options: { gracePeriodSeconds: 60 }, want: 'nothing' },
  { name: 'again without a word: nothing', object: pod(going), hasResources: held, want: 'nothing' },
  {
    name: 'again with less: sooner',
    object: pod(going),
    hasResources: held,
    options: { gracePeriodSeconds: 10 },
    want: { deletionTimestamp: '2026-01-01T00:01:05Z', deletionGracePeriodSeconds: 10 },
  },
  {
    name: 'again with much less: now',
    object: pod(going),
    hasResources: held,
    options: { gracePeriodSeconds: 1 },
    want: { deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 1 },
  },
  { name: 'again when the kubelet is done: goes', object: pod(going), want: 'remove' },
  { name: 'anything else goes', object: plain(), options: { gracePeriodSeconds: 30 }, want: 'remove' },
  {
    name: 'finalizers hold it',
    object: plain({ finalizers: ['a'] }),
    want: { finalizers: ['a'], generation: 2, deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 0 },
  },
  {
    name: 'foreground',
    object: plain(),
    options: { propagationPolicy: 'Foreground' },
    want: { finalizers: ['foregroundDeletion'], generation: 2, deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 0 },
  },
  {
    name: 'orphan',
    object: plain({ finalizers: ['a'] }),
    options: { propagationPolicy: 'Orphan' },
    want: { finalizers: ['a', 'orphan'], generation: 2, deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 0 },
  },
  {
    name: 'background after foreground lets go',
    object: plain({ finalizers: ['foregroundDeletion'], deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 0 }),
    options: { propagationPolicy: 'Background' },
    want: 'remove',
  },
  {
    name: 'no policy keeps the earlier one',
    object: plain({ finalizers: ['orphan'], deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 0 }),
    want: 'nothing',
  },
];

describe('deletion', () => {
  for (const { name, object, options = {}, hasResources = false, want } of rows)
    it(name, () => {
      const facts: DeletionFacts = { now, hasResources };
      const decision = decideDeletion(object, options, facts);
      if (typeof want === 'string') assert.deepEqual(decision, { do: want });
      else assert.deepEqual(decision, { do: 'mark', object: { ...object, metadata: { ...object.metadata, ...want } } });
    });

  it('a namespace waits for its content', () => {
    const { namespace: _, ...metadata } = meta;
    const object: Stored = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata,
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    const decision = decideDeletion(object, {}, { now, hasResources: false });
    assert.deepEqual(decision.do === 'mark' && decision.object['status'], { phase: 'Terminating' });
  });

  it('released: nothing holds it any more', () => {
    const done = { deletionTimestamp: 'x', deletionGracePeriodSeconds: 0 };
    assert.deepEqual(
      [
        isReleased(plain(), false),
        isReleased(plain(done), false),
        isReleased(plain({ ...done, finalizers: ['a'] }), false),
        isReleased(pod(done), true),
        isReleased(pod(going), false),
      ],
      [false, true, false, false, false],
    );
  });
});
