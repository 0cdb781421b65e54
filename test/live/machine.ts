/** Containers without an engine: one image store, a pool of shells, pods as they come. For tests that run in namespaces of their own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:process';
import { alive, type ProcessRef, parseStat, sendSignal } from '../../src/host/process.ts';
import { findTools, requireTool } from '../../src/host/tools.ts';
import { WorkerPool } from '../../src/host/worker.ts';
import { findAccount } from '../../src/images/accounts.ts';
import { ImageAccounts } from '../../src/images/image-accounts.ts';
import { ImageStore } from '../../src/images/image-store.ts';
import { type ContainerInput, containerConfig, infraConfig, podSysctls } from '../../src/runtime/bundle.ts';
import { capabilitySet } from '../../src/runtime/capabilities.ts';
import { cleanupJob, infraJob, mountJob, prelude, type RuntimeLayout, startJob } from '../../src/runtime/commands.ts';
import { type Exit, readExit } from '../../src/runtime/exits.ts';
import { logOutput } from '../../src/runtime/log-output.ts';
import { readLog } from '../../src/runtime/logs.ts';
import { SeccompCache } from '../../src/runtime/seccomp-cache.ts';
import { BUSYBOX, busyboxImage, testStore } from './images.ts';
import { outsideUid } from './own-namespace.ts';

const tools = findTools(process.env);
const need = (name: Parameters<typeof requireTool>[1]): string => requireTool(tools, name);

/** Tries until there is something. */
export const until = async <T>(what: string, look: () => T | undefined | false): Promise<T> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const refs = (file: string): ProcessRef[] =>
  readFileSync(file, 'latin1')
    .trim()
    .split('\n')
    .map((line) => ({ pid: Number.parseInt(line, 10), start: parseStat(line)?.start ?? '' }));

export interface RunningContainer {
  id: string;
  bundle: string;
  log: string;
  process: ProcessRef;
  conmon: ProcessRef;
}
export type Wish = Partial<Omit<ContainerInput, 'namespaces'>> & { command: string[]; sharedPid?: boolean };

export class Machine {
  readonly dir = mkdtempSync('/tmp/p-rt-');
  readonly layout: RuntimeLayout = {
    runtime: `${this.dir}/ro/crun`,
    root: `${this.dir}/crun`,
    cgroupManager: 'disabled',
    conmon: need('conmon'),
    exits: `${this.dir}/exits`,
    sockets: `${this.dir}/s`,
    exitCommand: ['/bin/sh', '-c', `echo "$1" >>${this.dir}/ended`, 'exit'],
  };
  readonly infraRoot = `${this.dir}/infra`;
  readonly pool = new WorkerPool({
    size: 2,
    functions: prelude(this.layout),
    sh: need('sh'),
    env: { PATH: process.env['PATH'] ?? '' },
    stderr: 2,
  });
  readonly store = new ImageStore(`${this.dir}/images`);
  readonly seccomp = new SeccompCache({
    layout: this.layout,
    job: (script, options) => this.pool.job(script, options),
    directory: `${this.dir}/cache`,
    scratch: this.dir,
    infraRoot: this.infraRoot,
    profiles: `${this.dir}/profiles`,
    arch,
    versions: '1',
  });
  #count = 0;
  readonly infras: ProcessRef[] = [];

  async start(): Promise<void> {
    for (const sub of ['ro', 'crun', 'exits', 's', 'infra/dev']) mkdirSync(`${this.dir}/${sub}`, { recursive: true });
    execFileSync('/bin/sh', [
      '-c',
      'cp "$1" "$2/infra/"; : >"$2/ro/crun"; mount --bind "$3" "$2/ro/crun"; mount -o remount,bind,ro "$2/ro/crun"',
      'sh',
      need('catatonit'),
      this.dir,
      need('crun'),
    ]);
    await busyboxImage(await testStore(this.dir, outsideUid()));
  }

  async job(script: string): Promise<number> {
    return this.pool.job(script, { timeoutMs: 20_000 });
  }

  /** A pod without a network cable. */
  async pod(sharedPid = false): Promise<{ id: string; pid: number; shm: string }> {
    const id = `pod${++this.#count}`;
    const bundle = `${this.dir}/${id}`;
    mkdirSync(`${bundle}/shm`, { recursive: true });
    chmodSync(`${bundle}/shm`, 0o1777);
    writeFileSync(`${bundle}/net`, 'link set lo up\n');
    const config = infraConfig({
      rootfs: this.infraRoot,
      hostname: id,
      sharedPid,
      netFile: `${bundle}/net`,
      sysctls: podSysctls(readFileSync('/proc/self/gid_map', 'latin1')),
      cgroupsPath: `/podstead/${id}`,
      oomScoreAdj: 0,
      tools: { sh: need('sh'), ip: need('ip') },
    });
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    assert.equal(await this.job(infraJob(id, bundle)), 0, readFileSync(`${bundle}/err`, 'utf8'));
    const [infra] = refs(`${bundle}/refs`);
    assert.ok(infra && alive(infra));
    this.infras.push(infra);
    return { id, pid: infra.pid, shm: `${bundle}/shm` };
  }

  async prepare(pod: { pid: number; shm: string }, wish: Wish): Promise<{ id: string; bundle: string }> {
    const id = `c${++this.#count}`;
    const bundle = `${this.dir}/${id}`;
    for (const sub of ['rootfs', 'upper', 'work']) mkdirSync(`${bundle}/${sub}`, { recursive: true, mode: 0o755 });
    const image = this.store.find(BUSYBOX);
    assert.ok(image);
    const mount = {
      base: this.store.layersDirectory,
      lower: image.layers,
      upper: `${bundle}/upper`,
      work: `${bundle}/work`,
      target: `${bundle}/rootfs`,
    };
    assert.equal(await this.job(mountJob(mount, `${bundle}/err`)), 0);
    const { profile, bpf } = await this.seccomp.profile('RuntimeDefault', undefined, capabilitySet({}));
    const { sharedPid, ...rest } = wish;
    const config = containerConfig({
      root: { path: `${bundle}/rootfs` },
      image: image.config,
      env: [],
      hostname: 'pod',
      user: findAccount(await new ImageAccounts().of(image), { user: { uid: 0 } }),
      security: {},
      namespaces: { infraPid: pod.pid, ...(sharedPid ? { sharedPid } : {}) },
      shm: pod.shm,
      binds: [],
      cgroupsPath: `/podstead/${id}`,
      resources: {},
      oomScoreAdj: 1000,
      seccomp: profile,
      ...(bpf === undefined ? {} : { seccompBpf: bpf }),
      ...rest,
    });
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    return { id, bundle };
  }

  async run(pod: { pid: number; shm: string }, wish: Wish): Promise<RunningContainer> {
    const { id, bundle } = await this.prepare(pod, wish);
    const log = `${bundle}/0.log`;
    const status = await this.job(startJob({ id, bundle, log, noteMounts: wish.sharedPid === true, tty: wish.tty === true }));
    assert.equal(status, 0, readFileSync(`${bundle}/err`, 'utf8'));
    const [process, conmon] = refs(`${bundle}/refs`);
    assert.ok(process && conmon);
    return { id, bundle, log, process, conmon };
  }

  ended({ id, bundle }: RunningContainer): Promise<Exit> {
    return until(`exit file of ${id}`, () => readExit(this.layout.exits, id, bundle));
  }

  async output(container: RunningContainer): Promise<string> {
    const parts: Buffer[] = [];
    for await (const bytes of logOutput(readLog(container.log))) parts.push(bytes);
    return Buffer.concat(parts).toString();
  }

  async end(): Promise<void> {
    for (const infra of this.infras) sendSignal(infra, 'SIGKILL');
    for (const infra of this.infras) await until('infra is gone', () => !alive(infra));
    const mounts = readFileSync('/proc/self/mounts', 'latin1')
      .split('\n')
      .flatMap((line) => line.split(' ').slice(1, 2))
      .filter((path) => path.startsWith(`${this.dir}/`));
    await this.job(cleanupJob(this.layout, { ids: [], mounts: mounts.reverse(), directories: [], errFile: '/dev/null' }));
    this.pool.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
