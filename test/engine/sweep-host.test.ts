import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sweepHost } from '../../src/engine/sweep-host.ts';
import { pathsOf } from '../../src/host/paths.ts';
import { KubeletMemory } from '../../src/kubelet/memory.ts';
import { VolumeManager } from '../../src/kubelet/volumes/volume-manager.ts';
import { Store } from '../../src/store/store.ts';

const uid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const OTHER = process.pid + 1;

describe('what an engine left that was killed', () => {
  let dir: string;
  let store: Store;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    store = Store.open(':memory:');
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true });
  });

  /** The files that are left. */
  const sweep = async (files: readonly string[], prepare: (memory: KubeletMemory) => void = () => {}, startedAt = Date.now() - 60_000) => {
    const paths = pathsOf({ uid: 0, data: join(dir, 'd'), state: join(dir, 's'), config: join(dir, 'c'), run: join(dir, 'r') });
    for (const file of files) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), 'x');
    }
    const memory = new KubeletMemory(store);
    prepare(memory);
    const dropped: string[] = [];
    const volumes = new VolumeManager({ pods: paths.pods, volumes: paths.volumes, secrets: paths.secrets }, { job: async () => 0 });
    await sweepHost({ paths, store, memory, volumes, drop: async (id) => void dropped.push(id) }, startedAt);
    return { left: files.filter((file) => existsSync(join(dir, file))), dropped: dropped.sort() };
  };

  it('containers that were to compile a profile', async () => {
    const ours = `r/t/c/seccomp-aa-${process.pid}/config.json`;
    const others = [`r/t/c/seccomp-aa-${OTHER}/config.json`, `r/t/crun/seccomp-bb-${OTHER}/status`];
    assert.deepEqual(await sweep([ours, 'r/t/c/0123/config.json', ...others]), {
      // what the runtime keeps is the runtime's to remove
      left: [ours, 'r/t/c/0123/config.json', `r/t/crun/seccomp-bb-${OTHER}/status`],
      dropped: [`seccomp-aa-${OTHER}`, `seccomp-bb-${OTHER}`],
    });
  });

  it('directories of pods that nobody knows', async () => {
    const stored = store.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } }).metadata.uid;
    const kept = [`d/pods/${uid(1)}/etc/hosts`, `d/pods/${stored}/etc/hosts`, `r/t/v/${stored}/s/f`, 'd/pods/mine/f'];
    const gone = [`d/pods/${uid(3)}/etc/hosts`, `r/t/v/${uid(3)}/s/f`, `r/t/v/${uid(4)}/s/f`];
    const { left } = await sweep([...kept, ...gone], (memory) => memory.putPod(uid(1), { backoff: {}, probes: {} }));
    assert.deepEqual(left, kept);
    assert.deepEqual([readdirSync(join(dir, 'd/pods')).length, readdirSync(join(dir, 'r/t/v'))], [3, [stored]]);
  });

  it('nothing behind a link', async () => {
    mkdirSync(join(dir, 'd/pods'), { recursive: true });
    mkdirSync(join(dir, 'user'));
    writeFileSync(join(dir, 'user/f'), 'mine');
    mkdirSync(join(dir, 'user/volumes'));
    writeFileSync(join(dir, 'user/volumes/f'), 'mine');
    const link = (...path: string[]) => symlinkSync(join(dir, 'user'), join(dir, ...path));
    link('d/pods', uid(1));
    for (const n of [2, 3]) mkdirSync(join(dir, 'd/pods', uid(n)));
    link('d/pods', uid(2), 'volumes');
    link('d/pods', uid(3), 'subpaths');
    mkdirSync(join(dir, 'r/t/v', uid(1)), { recursive: true });
    await sweep([]);
    assert.deepEqual(readdirSync(join(dir, 'user'), { recursive: true }).sort(), ['f', 'volumes', 'volumes/f']);
    // the link in it is gone, not what it leads to
    assert.deepEqual(readdirSync(join(dir, 'd/pods')).sort(), [uid(1), uid(3)]);
  });

  it('temporaries of another engine', async () => {
    const kept = ['r/net/hosts/u1', `r/net/hosts/.u1.${process.pid}.4`, 'r/net/ports/0.0.0.0-80-10.0.0.2-80.up', 'r/net/hosts/.hidden'];
    const gone = [`r/net/hosts/.u1.${OTHER}.4`, `r/net/ports/.0.0.0.0-80-10.0.0.2-80.up.${OTHER}.17`];
    assert.deepEqual((await sweep([...kept, ...gone])).left, kept);
  });

  it('a claim that did not get its name', async () => {
    const kept = [`d/volumes/${uid(1)}/f`, 'd/volumes/x.new/f'];
    assert.deepEqual((await sweep([`d/volumes/${uid(1)}.new/f`, ...kept], undefined, Date.now() + 60_000)).left, kept);
  });

  it('a claim that is being made is left alone', async () => {
    const files = [`d/volumes/${uid(1)}.new/f`, `d/volumes/${uid(1)}/f`, 'd/volumes/x.new/f'];
    assert.deepEqual((await sweep(files)).left, files);
  });
});
