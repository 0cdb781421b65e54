/** Volumes with real mounts, in user and mount namespaces of its own: it runs itself again inside them, as root and as an ordinary user. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { VolumeMount } from '../../src/api/objects.ts';
import { WorkerPool } from '../../src/host/worker.ts';
import type { StoredPod } from '../../src/kubelet/pod.ts';
import { containerBinds } from '../../src/kubelet/volumes/binds.ts';
import { mountPoints, mountsBelow } from '../../src/kubelet/volumes/mount-table.ts';
import { type ReadyVolumes, VolumeManager, type VolumesInput } from '../../src/kubelet/volumes/volume-manager.ts';

const INSIDE = 'PODSTEAD_TEST_INSIDE';

class World {
  readonly dir = mkdtempSync('/tmp/p-');
  readonly paths = { pods: `${this.dir}/pods`, volumes: `${this.dir}/volumes`, secrets: `${this.dir}/secrets` };
  readonly shell = new WorkerPool({ size: 1, sh: '/bin/sh' });
  readonly manager = new VolumeManager(this.paths, this.shell);
  readonly input: VolumesInput;

  constructor() {
    mkdirSync(`${this.dir}/host/in`, { recursive: true });
    writeFileSync(`${this.dir}/secret`, 'outside');
    writeFileSync(`${this.dir}/host/in/file`, 'inside');
    symlinkSync('../secret', `${this.dir}/host/link`);
    symlinkSync('in/file', `${this.dir}/host/good`);
    const pod: StoredPod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'ns', uid: 'u1', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: {
        containers: [{ name: 'c', image: 'x' }],
        volumes: [
          { name: 'empty', emptyDir: {} },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          { name: 'config', configMap: { name: 'cm' } },
          { name: 'secret', secret: { secretName: 's' } },
          { name: 'host', hostPath: { path: `${this.dir}/host` } },
          { name: 'claim', persistentVolumeClaim: { claimName: 'data' } },
        ],
      },
    };
    this.input = {
      pod,
      podIPs: [],
      hostIPs: [],
      allocatable: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' },
      configMaps: new Map([['cm', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { conf: 'one' } }]]),
      secrets: new Map([['s', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: 'a2V5' } }]]),
      claims: new Map([['data', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', uid: 'c1' } }]]),
    };
  }

  async ready(): Promise<ReadyVolumes> {
    const ready = await this.manager.prepare(this.input);
    assert.ok(!('reason' in ready), JSON.stringify(ready));
    return ready;
  }
  async binds(...volumeMounts: VolumeMount[]) {
    const container = { name: 'c', image: 'x', volumeMounts };
    return containerBinds({ container, podUid: 'u1', volumes: await this.ready(), env: [], paths: this.paths, shell: this.shell });
  }
  async source(mount: Omit<VolumeMount, 'mountPath'>): Promise<string> {
    const binds = await this.binds({ ...mount, mountPath: '/m' });
    assert.ok(Array.isArray(binds), JSON.stringify(binds));
    return binds[0]?.source ?? '';
  }
  mounts(): string[] {
    return mountsBelow(mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')), this.dir);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.remove('u1');
    assert.deepEqual(this.mounts(), []);
    this.shell.close();
    rmSync(this.dir, { recursive: true });
  }
}

function suite(): void {
  it('all kinds are made, and can be made again', async () => {
    await using world = new World();
    await world.ready();
    const ready = await world.ready();
    assert.deepEqual([...ready.keys()], ['empty', 'memory', 'config', 'secret', 'host', 'claim']);
    const modes = ['empty', 'memory', 'claim'].map((name) => statSync(ready.get(name)?.path ?? '').mode & 0o7777);
    assert.deepEqual(modes, [0o777, 0o777, 0o777]);
    assert.deepEqual(world.mounts(), [`${world.paths.pods}/u1/volumes/memory`]);
  });
  it('a memory volume holds no more than its limit', async () => {
    await using world = new World();
    const path = (await world.ready()).get('memory')?.path;
    writeFileSync(`${path}/fits`, Buffer.alloc(900_000));
    assert.throws(() => writeFileSync(`${path}/more`, Buffer.alloc(900_000)), { code: 'ENOSPC' });
  });
  it('subPath: a directory, a file through a link, a key; what is missing is made', async () => {
    await using world = new World();
    assert.deepEqual(readdirSync(await world.source({ name: 'host', subPath: 'in' })), ['file']);
    assert.equal(readFileSync(await world.source({ name: 'host', subPath: 'good' }), 'utf8'), 'inside');
    assert.equal(readFileSync(await world.source({ name: 'config', subPath: 'conf' }), 'utf8'), 'one');
    assert.deepEqual(readdirSync(await world.source({ name: 'claim', subPath: 'new/er' })), []);
    assert.ok(statSync(`${world.paths.volumes}/c1/new/er`).isDirectory());
  });
  it('subPath: not out of the volume', async () => {
    await using world = new World();
    assert.deepEqual(await world.binds({ name: 'host', subPath: 'link', mountPath: '/m' }), {
      reason: 'CreateContainerConfigError',
      message: 'failed to prepare subPath for volumeMount "host" of container "c": link leads outside the volume',
    });
  });
  it('subPath: stays what it was, whatever its path becomes', async () => {
    await using world = new World();
    const source = await world.source({ name: 'host', subPath: 'in' });
    rmSync(`${world.dir}/host/in`, { recursive: true });
    symlinkSync('..', `${world.dir}/host/in`);
    assert.deepEqual(readdirSync(source), []);
  });
  it('a changed ConfigMap: all its volumes, but no subPath of an instance that runs; the next one has it', async () => {
    await using world = new World();
    const before = await world.source({ name: 'config', subPath: 'conf' });
    const cm = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { conf: 'two' } } as const;
    const input = { ...world.input, configMaps: new Map([['cm', cm]]) };
    assert.equal(await world.manager.refresh(input), true);
    assert.equal(await world.manager.refresh(input), false);
    assert.equal(readFileSync(`${world.paths.pods}/u1/volumes/config/conf`, 'utf8'), 'two');
    assert.equal(readFileSync(before, 'utf8'), 'one');
    Object.assign(world.input, { configMaps: input.configMaps });
    assert.equal(readFileSync(await world.source({ name: 'config', subPath: 'conf' }), 'utf8'), 'two');
  });
  it('removal leaves claims and host paths, and takes the rest; another engine can do it', async () => {
    await using world = new World();
    writeFileSync(`${await world.source({ name: 'claim', subPath: 'data' })}/kept`, '');
    const path = (await world.ready()).get('host')?.path;
    await new VolumeManager(world.paths, world.shell).remove('u1');
    assert.deepEqual(world.mounts(), []);
    assert.deepEqual([readdirSync(`${world.paths.pods}/u1`), readdirSync(world.paths.secrets)], [[], []]);
    assert.deepEqual(readdirSync(`${world.paths.volumes}/c1/data`), ['kept']);
    assert.equal(readlinkSync(`${path}/link`), '../secret');
  });
  it('fsGroup: a group of the namespace for all of a volume, links themselves included', async () => {
    await using world = new World();
    world.input.pod.spec.securityContext = { fsGroup: 0 };
    const path = (await world.ready()).get('secret')?.path;
    assert.deepEqual([statSync(`${path}/key`).mode & 0o7777, statSync(path ?? '').mode & 0o7777], [0o644, 0o2777]);
    assert.ok(lstatSync(`${path}/key`).isSymbolicLink());
  });
}

describe('volumes', () => {
  if (process.env[INSIDE]) {
    suite();
    return;
  }
  it('in namespaces of its own', async function () {
    this.timeout(60_000);
    const mocha = [...process.execArgv, process.argv[1] ?? '', '--timeout', '20000', fileURLToPath(import.meta.url)];
    const argv = ['--user', '--map-root-user', '--mount', process.execPath, ...mocha];
    const { stdout } = await promisify(execFile)('unshare', argv, { env: { ...process.env, [INSIDE]: '1' } }).catch((error) => {
      throw new Error(`${error.stdout}${error.stderr}`);
    });
    assert.match(stdout, /8 passing/);
  });
});
