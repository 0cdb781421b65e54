import assert from 'node:assert/strict';
import type { KubeObject, Stored } from '../../../src/api/objects.ts';
import { collectGarbage, makesGarbage } from '../../../src/engine/registry/garbage.ts';
import { configMap, deployment, deploymentKey, ownedBy, pod, podKey, testRegistry } from './fixture.ts';

const stored = (kind: string, name: string, more: Partial<Stored['metadata']> = {}, apiVersion = 'apps/v1'): Stored => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default', uid: `${kind}-${name}`, resourceVersion: '1', creationTimestamp: 'x', ...more },
});
const going = { deletionTimestamp: 'x', deletionGracePeriodSeconds: 0 };
const brief = (objects: Stored[]) =>
  collectGarbage({ objects }).map((c) =>
    c.do === 'delete'
      ? `delete ${c.ref.name} ${c.propagation}: ${c.why}`
      : c.do === 'finalize'
        ? `finalize ${c.ref.name}`
        : `update ${c.object.metadata.name} owners=${c.object.metadata.ownerReferences?.map((r) => r.name) ?? ''} finalizers=${c.object.metadata.finalizers ?? ''}`,
  );

const web = stored('Deployment', 'web');
const rows: { name: string; objects: Stored[]; want: string[] }[] = [
  { name: 'an owner that is there keeps its own', objects: [web, stored('ReplicaSet', 'rs', ownedBy(web))], want: [] },
  {
    name: 'an owner that is gone takes its own along',
    objects: [stored('ReplicaSet', 'rs', ownedBy(web))],
    want: ['delete rs Background: its owner Deployment web is gone'],
  },
  {
    name: 'another one of its name is not the owner',
    objects: [stored('Deployment', 'web', { uid: 'new' }), stored('ReplicaSet', 'rs', ownedBy(web))],
    want: ['delete rs Background: its owner Deployment web is gone'],
  },
  {
    name: 'an owner in another namespace does not count',
    objects: [web, stored('ReplicaSet', 'rs', { ...ownedBy(web), namespace: 'other' })],
    want: ['delete rs Background: its owner Deployment web is gone'],
  },
  {
    name: 'a kind that is not kept here is taken on trust',
    objects: [stored('Pod', 'p', { ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'j' }] }, 'v1')],
    want: [],
  },
  {
    name: 'one of two owners is gone: only the reference goes',
    objects: [
      web,
      stored('ReplicaSet', 'rs', {
        ownerReferences: [...ownedBy(web).ownerReferences, ...ownedBy(stored('Deployment', 'old')).ownerReferences],
      }),
    ],
    want: ['update rs owners=web finalizers='],
  },
  { name: 'what is on its way needs no second delete', objects: [stored('ReplicaSet', 'rs', { ...ownedBy(web), ...going })], want: [] },
  {
    name: 'foreground: dependents first, with theirs',
    objects: [
      stored('Deployment', 'web', { ...going, finalizers: ['foregroundDeletion'] }),
      stored('ReplicaSet', 'rs', ownedBy(web, { blockOwnerDeletion: true })),
      stored('Pod', 'p', ownedBy(stored('ReplicaSet', 'rs')), 'v1'),
    ],
    want: ['delete rs Foreground: its owner Deployment web is being deleted in the foreground'],
  },
  {
    name: 'foreground: the owner waits for those that block',
    objects: [
      stored('Deployment', 'web', { ...going, finalizers: ['foregroundDeletion'] }),
      stored('ReplicaSet', 'rs', { ...ownedBy(web, { blockOwnerDeletion: true }), ...going }),
    ],
    want: [],
  },
  {
    name: 'foreground: those that do not block are not waited for',
    objects: [
      stored('Deployment', 'web', { ...going, finalizers: ['foregroundDeletion'] }),
      stored('ReplicaSet', 'rs', { ...ownedBy(web), ...going }),
    ],
    want: ['update web owners= finalizers='],
  },
  {
    name: 'foreground: another owner keeps it',
    objects: [
      stored('Deployment', 'web', { ...going, finalizers: ['foregroundDeletion'] }),
      stored('Deployment', 'b'),
      stored('ReplicaSet', 'rs', {
        ownerReferences: [
          ...ownedBy(web, { blockOwnerDeletion: true }).ownerReferences,
          ...ownedBy(stored('Deployment', 'b')).ownerReferences,
        ],
      }),
    ],
    want: ['update rs owners=b finalizers='],
  },
  {
    name: 'orphan: dependents are let go, then the owner',
    objects: [stored('Deployment', 'web', { ...going, finalizers: ['orphan', 'a'] }), stored('ReplicaSet', 'rs', ownedBy(web))],
    want: ['update rs owners= finalizers=', 'update web owners= finalizers=a'],
  },
  {
    name: 'a namespace takes its content',
    objects: [
      stored('Namespace', 'n', { namespace: undefined, ...going }, 'v1'),
      stored('ConfigMap', 'm', { namespace: 'n' }, 'v1'),
      stored('ConfigMap', 'k', {}, 'v1'),
    ],
    want: ['delete m Background: its namespace n is being deleted'],
  },
  {
    name: 'an empty namespace is done',
    objects: [stored('Namespace', 'n', { namespace: undefined, ...going }, 'v1')],
    want: ['finalize n'],
  },
];

describe('garbage', () => {
  for (const row of rows) it(row.name, () => assert.deepEqual(brief(row.objects), row.want));

  it('is looked for when something goes or comes with an owner', () => {
    const yes = (type: string, object: KubeObject) => makesGarbage({ type, object });
    assert.deepEqual(
      [
        yes('DELETED', web),
        yes('MODIFIED', web),
        yes('MODIFIED', { ...web, metadata: { ...web.metadata, ...going } }),
        yes('ADDED', web),
        yes('ADDED', { ...web, metadata: ownedBy(web) }),
      ],
      [true, false, true, false, true],
    );
  });

  describe('collected', () => {
    const world = () => {
      const t = testRegistry();
      const owner = t.registry.create(deployment('web', 1));
      const rs = t.registry.create({
        ...deployment('web-1', 1),
        kind: 'ReplicaSet',
        metadata: { name: 'web-1', namespace: 'default', ...ownedBy(owner, { controller: true, blockOwnerDeletion: true }) },
      });
      const p = t.registry.create(pod('web-1-a', ownedBy(rs, { controller: true, blockOwnerDeletion: true })));
      const names = () =>
        t.store
          .all()
          .filter((o) => o.kind !== 'Namespace')
          .map((o) => o.metadata.name);
      return { ...t, pod: p, names };
    };
    it('background: the owner goes first, everything else follows', () => {
      const t = world();
      assert.equal(t.registry.delete(deploymentKey('web'), { propagationPolicy: 'Background' }).removed, true);
      assert.equal(t.registry.collectGarbage(), 2);
      assert.deepEqual(t.names(), []);
      t.store.close();
    });
    it('foreground: the owner goes last', () => {
      const t = world();
      t.held.add(t.pod.metadata.uid);
      t.registry.delete(deploymentKey('web'), { propagationPolicy: 'Foreground' });
      t.registry.collectGarbage();
      assert.deepEqual(t.names(), ['web', 'web-1', 'web-1-a']);
      assert.ok(t.store.need(podKey('web-1-a')).metadata.deletionTimestamp);
      t.held.clear();
      t.registry.finalizeDelete(t.pod.metadata.uid);
      t.registry.collectGarbage();
      assert.deepEqual(t.names(), []);
      assert.deepEqual(
        t.seen.filter((s) => s.startsWith('DELETED')),
        ['DELETED Pod web-1-a', 'DELETED ReplicaSet web-1', 'DELETED Deployment web'],
      );
      t.store.close();
    });
    it('orphan: only the owner goes', () => {
      const t = world();
      t.registry.delete(deploymentKey('web'), { propagationPolicy: 'Orphan' });
      t.registry.collectGarbage();
      assert.deepEqual(t.names(), ['web-1', 'web-1-a']);
      assert.equal(t.store.need({ ...deploymentKey('web-1'), kind: 'ReplicaSet' }).metadata.ownerReferences, undefined);
      t.store.close();
    });
    it('a made-up owner means the end', () => {
      const t = world();
      t.registry.create(configMap('m', {}, ownedBy(web)));
      t.registry.collectGarbage();
      assert.deepEqual(t.names(), ['web', 'web-1', 'web-1-a']);
      t.store.close();
    });
  });
});
