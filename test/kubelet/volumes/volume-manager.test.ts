import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { VolumeManager } from '../../../src/kubelet/volumes/volume-manager.ts';
import { Scenario } from '../scenario.ts';

describe('volumes of pods', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('pods that come at once share a claim that nobody has made yet', async () => {
    const paths = { pods: join(dir, 'pods'), volumes: join(dir, 'volumes'), secrets: join(dir, 'secrets') };
    const manager = new VolumeManager(paths, { job: async () => 0 });
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', uid: 'c1' } } as const;
    const prepare = (uid: string) => {
      const { pod } = new Scenario();
      const own = { ...pod, metadata: { ...pod.metadata, uid } };
      own.spec = { ...pod.spec, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] };
      return manager.prepare({
        pod: own,
        podIPs: [],
        hostIPs: [],
        allocatable: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
        configMaps: new Map(),
        secrets: new Map(),
        claims: new Map([['data', claim]]),
      });
    };
    const ready = new Map([['v', { path: join(paths.volumes, 'c1'), readOnly: false }]]);
    assert.deepEqual(await Promise.all(['u1', 'u2', 'u3'].map(prepare)), [ready, ready, ready]);
    assert.deepEqual(readdirSync(paths.volumes), ['c1']);
  });
});
