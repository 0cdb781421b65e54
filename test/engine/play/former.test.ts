import assert from 'node:assert/strict';
import type { KubeObject, ObjectMeta, Stored } from '../../../src/api/objects.ts';
import { formerly, remembered } from '../../../src/engine/play/former.ts';

const SYSTEM = { uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-02T03:04:05Z', generation: 2 };
const meta = (more: Partial<ObjectMeta> = {}): ObjectMeta & { name: string } => ({ name: 'x', namespace: 'default', ...more });

interface Case {
  name: string;
  kind?: string;
  before: { metadata?: Partial<ObjectMeta>; spec: unknown };
  live: { metadata?: Partial<ObjectMeta>; spec: unknown };
  played?: Partial<ObjectMeta>;
  want: { metadata?: Partial<ObjectMeta>; spec: unknown };
}

const rows: Case[] = [
  {
    name: 'the spec, the labels and the annotations come back',
    before: { metadata: { labels: { a: '1' }, annotations: { b: '1' } }, spec: { replicas: 1 } },
    live: { metadata: { labels: { a: '2', c: '2' }, annotations: { d: '2' } }, spec: { replicas: 2, paused: true } },
    want: { metadata: { labels: { a: '1' }, annotations: { b: '1' } }, spec: { replicas: 1 } },
  },
  {
    name: 'where there were none, there are none',
    before: { spec: {} },
    live: { metadata: { labels: { a: '2' }, annotations: { d: '2' } }, spec: {} },
    want: { spec: {} },
  },
  {
    name: 'the annotations of controllers stay as they are',
    before: { metadata: { annotations: { 'deployment.kubernetes.io/revision': '1', a: '1' } }, spec: {} },
    live: { metadata: { annotations: { 'deployment.kubernetes.io/revision': '2' } }, spec: {} },
    want: { metadata: { annotations: { 'deployment.kubernetes.io/revision': '2', a: '1' } }, spec: {} },
  },
  {
    name: 'finalizers: what the play put there goes, what others put there or took away is as they want it',
    before: { metadata: { finalizers: ['x/old', 'x/done'] }, spec: {} },
    live: { metadata: { finalizers: ['x/old', 'x/played', 'x/others'] }, spec: {} },
    played: { finalizers: ['x/old', 'x/played'] },
    want: { metadata: { finalizers: ['x/old', 'x/others'] }, spec: {} },
  },
  {
    name: 'a claim keeps the volume that it was given meanwhile',
    kind: 'PersistentVolumeClaim',
    before: { spec: { accessModes: ['ReadWriteOnce'] } },
    live: { spec: { accessModes: ['ReadWriteOnce'], volumeName: 'pvc-u', storageClassName: 'podstead', x: 1 } },
    want: { spec: { accessModes: ['ReadWriteOnce'], volumeName: 'pvc-u', storageClassName: 'podstead' } },
  },
];

describe('what an object was before a play', () => {
  for (const { name, kind = 'Deployment', before, live, played, want } of rows)
    it(name, () => {
      const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
      const at = (o: Case['want'], system: object): KubeObject => ({
        apiVersion,
        kind,
        metadata: { ...meta(o.metadata), ...system },
        spec: o.spec,
      });
      const status = { phase: 'now' };
      const now = { ...at(live, SYSTEM), status } as Stored;
      assert.deepEqual(formerly(now, at(before, {}), played && at({ metadata: played, spec: {} }, {})), { ...at(want, SYSTEM), status });
    });

  it('is remembered without status and system fields', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...meta({ labels: { a: '1' }, finalizers: ['x/y'] }), ...SYSTEM },
      data: { a: '1' },
      immutable: true,
      status: {},
    };
    assert.deepEqual(remembered(object), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta({ labels: { a: '1' }, finalizers: ['x/y'] }),
      data: { a: '1' },
      immutable: true,
    });
  });
});
