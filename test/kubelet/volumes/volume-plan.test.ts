import assert from 'node:assert/strict';
import type { Volume } from '../../../src/api/objects.ts';
import { isReadOnly, takesFsGroup, type VolumeAction, type VolumeWait, volumePlan } from '../../../src/kubelet/volumes/volume-plan.ts';
import { Scenario } from '../scenario.ts';

const paths = { pods: '/d/pods', volumes: '/d/volumes', secrets: '/r/t/v' };
const plan = (volumes: Volume[], made?: (path: string) => boolean) => {
  const { pod } = new Scenario();
  pod.spec.volumes = volumes;
  return volumePlan({
    pod,
    paths,
    ...(made && { made }),
    podIPs: [],
    hostIPs: [],
    allocatable: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
    configMaps: new Map([['cm', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' } }]]),
    secrets: new Map([['s', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }]]),
    claims: new Map([
      ['data', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', uid: 'c1' } }],
      [
        'p-own',
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'p-own', uid: 'c2', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' }] },
        },
      ],
    ]),
  });
};
const wait = (fault: string): VolumeWait => ({ reason: 'FailedMount', message: `MountVolume.SetUp failed for volume "v" : ${fault}` });
const OWN = '/d/pods/u1/volumes/v';

const rows: { name: string; volume: Omit<Volume, 'name'>; want: VolumeAction | VolumeWait }[] = [
  { name: 'emptyDir', volume: { emptyDir: {} }, want: { do: 'directory', volume: 'v', path: OWN } },
  {
    name: 'emptyDir in memory',
    volume: { emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    want: { do: 'tmpfs', volume: 'v', path: OWN, sizeBytes: 67_108_864 },
  },
  { name: 'a ConfigMap lies on disk', volume: { configMap: { name: 'cm' } }, want: { do: 'files', volume: 'v', path: OWN, files: [] } },
  {
    name: 'a Secret never does',
    volume: { secret: { secretName: 's' } },
    want: { do: 'files', volume: 'v', path: '/r/t/v/u1/v', files: [] },
  },
  {
    name: 'hostPath',
    volume: { hostPath: { path: '/x', type: 'Directory' } },
    want: { do: 'hostPath', volume: 'v', path: '/x', type: 'Directory' },
  },
  {
    name: 'a claim',
    volume: { persistentVolumeClaim: { claimName: 'data', readOnly: true } },
    want: { do: 'claim', volume: 'v', path: '/d/volumes/c1', readOnly: true },
  },
  {
    name: 'no such claim',
    volume: { persistentVolumeClaim: { claimName: 'no' } },
    want: wait('persistentvolumeclaim "no" not found'),
  },
  { name: 'a ConfigMap that is not there', volume: { configMap: { name: 'no' } }, want: wait('configmap "no" not found') },
  {
    name: 'an image',
    volume: { image: { reference: 'x:1', pullPolicy: 'Never' } },
    want: { do: 'image', volume: 'v', path: OWN, reference: 'x:1', pullPolicy: 'Never' },
  },
  { name: 'what nobody knows', volume: { nfs: { server: 's', path: '/' } }, want: wait('volume source nfs is not supported') },
];

describe('plan of volumes', () => {
  for (const { name, volume, want } of rows)
    it(name, () => assert.deepEqual(plan([{ name: 'v', ...volume }]), 'reason' in want ? want : [want]));

  it('a claim made for the pod’s own volume', () => {
    const ephemeral = { volumeClaimTemplate: { spec: {} } };
    assert.deepEqual(plan([{ name: 'own', ephemeral }]), [{ do: 'claim', volume: 'own', path: '/d/volumes/c2', readOnly: false }]);
  });
  it('the first that is missing is told', () => {
    const missing = (name: string): Volume => ({ name, configMap: { name } });
    assert.deepEqual(plan([{ name: 'e', emptyDir: {} }, missing('a'), missing('b')]), {
      reason: 'FailedMount',
      message: 'MountVolume.SetUp failed for volume "a" : configmap "a" not found',
    });
  });
  it('what was made of an object that is gone stays', () => {
    const secret: Volume = { name: 'v', secret: { secretName: 'no' } };
    assert.deepEqual(
      plan([secret], (path) => path === '/r/t/v/u1/v'),
      [{ do: 'keep', volume: 'v', path: '/r/t/v/u1/v' }],
    );
  });
  it('who may be written to, and who gets the group', () => {
    const actions = plan([
      { name: 'e', emptyDir: {} },
      { name: 'c', configMap: { name: 'cm' } },
      { name: 'h', hostPath: { path: '/x' } },
      { name: 'd', persistentVolumeClaim: { claimName: 'data' } },
    ]);
    assert.ok(Array.isArray(actions));
    assert.deepEqual(
      actions.map((a) => [a.volume, isReadOnly(a), takesFsGroup(a)]),
      [
        ['e', false, true],
        ['c', true, true],
        ['h', false, false],
        ['d', false, true],
      ],
    );
  });
});
