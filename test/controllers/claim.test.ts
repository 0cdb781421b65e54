import assert from 'node:assert/strict';
import type { PersistentVolumeClaim, Pod } from '../../src/api/objects.ts';
import type { Change } from '../../src/controllers/change.ts';
import { claimNames, reclaimPolicy, reconcileClaim } from '../../src/controllers/claim.ts';

const claim = (): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'c1', finalizers: ['kubernetes.io/pvc-protection'] },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeMode: 'Filesystem' },
});
const user = (phase = 'Running'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'shop' },
  spec: { containers: [], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
  status: { phase },
});
const bound = (): PersistentVolumeClaim => ({ ...claim(), status: { phase: 'Bound' } });
const deleting = (): PersistentVolumeClaim => {
  const c = bound();
  c.metadata.deletionTimestamp = '2026-01-02T03:04:05Z';
  return c;
};
const about = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'c1' };

const binding = (storageClassName: string): Change[] => {
  const spec = { ...claim().spec, storageClassName, volumeName: 'pvc-c1' };
  const status = { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } };
  const message = 'Successfully provisioned volume pvc-c1';
  const why = 'a volume is there at once';
  return [
    { do: 'update', object: { ...claim(), spec } as never, why },
    { do: 'updateStatus', object: { ...claim(), spec, status } as never, why },
    { do: 'event', about, event: { type: 'Normal', reason: 'ProvisioningSucceeded', message }, why: message },
  ];
};

const rows: { name: string; claim: PersistentVolumeClaim; pods: Pod[]; want: Change[] }[] = [
  { name: 'a new one is bound at once', claim: claim(), pods: [], want: binding('podstead') },
  {
    name: 'its class is kept',
    claim: { ...claim(), spec: { ...claim().spec, storageClassName: 'fast' } },
    pods: [],
    want: binding('fast'),
  },
  { name: 'a bound one is left alone', claim: bound(), pods: [user()], want: [] },
  { name: 'deleted while a pod uses it: it waits', claim: deleting(), pods: [user()], want: [] },
  {
    name: 'deleted and used by an ended pod only: it goes',
    claim: deleting(),
    pods: [user('Succeeded')],
    want: [
      {
        do: 'update',
        object: {
          ...deleting(),
          metadata: { name: 'data', namespace: 'shop', uid: 'c1', deletionTimestamp: '2026-01-02T03:04:05Z' },
        } as never,
        why: 'no pod uses it any more',
      },
    ],
  },
];

describe('PersistentVolumeClaim', () => {
  for (const row of rows) it(row.name, () => assert.deepEqual(reconcileClaim(row.claim, { pods: row.pods }), row.want));
  it('its data goes with it unless it says otherwise', () => {
    assert.equal(reclaimPolicy(claim()), 'Delete');
    assert.equal(reclaimPolicy({ metadata: { name: 'data', annotations: { 'podstead.dev/reclaim-policy': 'Retain' } } }), 'Retain');
  });
  it('claims of ephemeral volumes are named after pod and volume', () => {
    const pod = user();
    pod.spec.volumes?.push({ name: 'scratch', ephemeral: {} });
    assert.deepEqual(claimNames(pod), ['data', 'p-scratch']);
  });
});
