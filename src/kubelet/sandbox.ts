/** Makes and ends a pod's sandbox: its address, infra container, name, published ports. Thin: when is decided by plan.ts. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isCode, PodsteadError } from '../api/errors.ts';
import { makeDirectory, readIfExists, writeAtomic, writePlain } from '../host/files.ts';
import { alive, parseStat, sendSignal } from '../host/process.ts';
import { allocateAddress, stillQuarantined } from '../network/address.ts';
import { etcHosts, type PodHostname, podHostname } from '../network/hosts.ts';
import { forwardsOf, portPlan } from '../network/port-plan.ts';
import { publishedPorts } from '../network/published.ts';
import { podResolvConf } from '../network/resolv-conf.ts';
import { vethBatch } from '../network/veth.ts';
import { infraConfig, podSysctls } from '../runtime/bundle.ts';
import { cleanupJob, infraJob } from '../runtime/commands.ts';
import { endMakers } from '../runtime/makers.ts';
import type { Environment } from './environment.ts';
import type { StoredPod } from './pod.ts';
import { bundleOf, cgroupOf, podEtc, shmOf } from './pod-files.ts';
import type { ProcessRef, SandboxRecord } from './record.ts';

const JOB_MS = 30_000;
const DROP_MS = 10_000;
const END_MS = 10_000;

/** `PID START` of each of the stat lines that a job has noted. */
export async function readRefs(file: string): Promise<ProcessRef[]> {
  const text = (await readIfExists(file))?.toString('latin1') ?? '';
  return text.split('\n').flatMap((line) => {
    const stat = parseStat(line);
    const pid = Number.parseInt(line, 10);
    return stat && pid > 0 ? [{ pid, start: stat.start }] : [];
  });
}

export class Sandboxes {
  readonly #env: Environment;
  /** Address → when it became free. */
  #freed = new Map<string, number>();

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Writes the row, so that whatever comes next can be undone. Throws ADDRESS_RANGE. */
  register(pod: StoredPod, attempt: number, id: string): SandboxRecord {
    const { memory, range, bootId, now } = this.#env;
    const hostNetwork = pod.spec.hostNetwork === true;
    const record: SandboxRecord = {
      id,
      podUid: pod.metadata.uid,
      namespace: pod.metadata.namespace ?? 'default',
      pod: pod.metadata.name,
      attempt,
      hostNetwork,
      sharedPid: pod.spec.shareProcessNamespace === true,
      ...(hostNetwork ? {} : { address: allocateAddress(range, this.#taken(), this.#quarantine(), now().getTime()) }),
      state: 'creating',
      bootId,
      createdAt: now().toISOString(),
    };
    memory.sandboxes.put(record);
    return record;
  }

  #taken(): Set<string> {
    return new Set(this.#env.memory.sandboxes.all().flatMap((s) => (s.state !== 'stopped' && s.address !== undefined ? [s.address] : [])));
  }

  #quarantine(): ReadonlyMap<string, number> {
    this.#freed = stillQuarantined(this.#freed, this.#env.now().getTime());
    return this.#freed;
  }

  /** From the row to a sandbox that is ready: infra runs, is attached, named, and its ports are open. */
  async make(pod: StoredPod, record: SandboxRecord): Promise<SandboxRecord> {
    const { paths } = this.#env;
    const bundle = bundleOf(paths, record.id);
    const hostname = this.#hostname(pod);
    await makeDirectory(bundle);
    await Promise.all([this.#writeBundle(pod, record, hostname), this.#writeEtc(pod, record, hostname)]);
    // a listener takes longer to open than the infra container to run
    const ports = this.#openPorts(pod, record);
    try {
      return await this.#run(pod, record, ports);
    } catch (error) {
      // one that came up after its pod was given up would hold the port for good
      await Promise.allSettled([ports]);
      throw error;
    }
  }

  async #run(pod: StoredPod, record: SandboxRecord, ports: Promise<void>): Promise<SandboxRecord> {
    const { paths, memory } = this.#env;
    const bundle = bundleOf(paths, record.id);
    ports.catch(() => undefined);
    const status = await runtimeJob(this.#env, infraJob(record.id, bundle));
    if (status !== 0) throw await sandboxFailure(bundle);
    const [infra] = await readRefs(join(bundle, 'refs'));
    if (!infra) throw new PodsteadError('CONTAINER_CREATE', `the infra container of ${record.namespace}/${record.pod} ended at once`);
    memory.sandboxes.put({ ...record, infra });
    await Promise.all([this.#connect(pod, record), ports]);
    const ready: SandboxRecord = { ...record, infra, state: 'ready' };
    memory.sandboxes.put(ready);
    return ready;
  }

  async #connect(pod: StoredPod, record: SandboxRecord): Promise<void> {
    const { bridge, dns } = this.#env;
    if (record.address === undefined) return;
    const { hostname, subdomain } = pod.spec;
    const names = { address: record.address, name: record.pod, namespace: record.namespace, hostname, subdomain };
    await Promise.all([bridge.attach(record.id), dns.add(record.podUid, names)]);
  }

  async #openPorts(pod: StoredPod, record: SandboxRecord): Promise<void> {
    if (record.address === undefined) return;
    const forwards = forwardsOf({ address: record.address, ports: publishedPorts(pod) });
    const opened = await Promise.allSettled(forwards.map((forward) => this.#env.listeners.start(forward)));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  hasPorts(pod: StoredPod): boolean {
    return publishedPorts(pod).length > 0;
  }

  /** Published ports whose listener died. */
  async reopenPorts(pod: StoredPod, record: SandboxRecord): Promise<void> {
    if (record.address === undefined) return;
    const { listeners } = this.#env;
    const ports = publishedPorts(pod);
    if (ports.length === 0) return;
    const running = (await listeners.list()).filter((listener) => listener.address === record.address);
    for (const forward of portPlan([{ address: record.address, ports }], running).start) await listeners.start(forward);
  }

  #hostname(pod: StoredPod): PodHostname {
    const { node } = this.#env;
    const found = podHostname({
      spec: pod.spec,
      pod: pod.metadata.name,
      namespace: pod.metadata.namespace ?? 'default',
      domain: node.domain,
      node: node.name,
    });
    if ('fault' in found) throw new PodsteadError('CONTAINER_CONFIG', found.fault);
    return found;
  }

  async #writeBundle(pod: StoredPod, record: SandboxRecord, hostname: PodHostname): Promise<void> {
    const { paths, range, infraRoot, tools, node } = this.#env;
    const bundle = bundleOf(paths, record.id);
    const netFile = join(bundle, 'net');
    const config = infraConfig({
      rootfs: infraRoot,
      hostname: hostname.kernel,
      hostNetwork: record.hostNetwork,
      hostPid: pod.spec.hostPID === true,
      hostIpc: pod.spec.hostIPC === true,
      sharedPid: record.sharedPid,
      ...(record.address === undefined ? {} : { netFile }),
      sysctls: record.hostNetwork ? {} : { ...podSysctls(node.gidMap), ...ownSysctls(pod) },
      cgroupsPath: cgroupOf(record),
      oomScoreAdj: node.oomScoreAdj,
      tools,
    });
    const shm = shmOf(paths, record.id);
    mkdirSync(shm);
    chmodSync(shm, 0o1777);
    await Promise.all([
      writePlain(join(bundle, 'config.json'), JSON.stringify(config)),
      record.address === undefined
        ? undefined
        : writePlain(netFile, vethBatch({ range, address: record.address, sandboxId: record.id, nodeNamespace: paths.netns })),
    ]);
  }

  async #writeEtc(pod: StoredPod, record: SandboxRecord, hostname: PodHostname): Promise<void> {
    const { paths, range, node, api } = this.#env;
    const etc = podEtc(paths, record.podUid);
    await makeDirectory(etc, 0o755);
    const hostFile = async (path: string) => (await readIfExists(path))?.toString() ?? '';
    const resolv = podResolvConf({
      spec: pod.spec,
      namespace: record.namespace,
      host: await hostFile('/etc/resolv.conf'),
      server: range.bridge,
      domain: node.domain,
    });
    for (const message of resolv.warnings) api.event(pod, { type: 'Warning', reason: 'DNSConfigForming', message });
    const hosts = etcHosts({
      hostname: hostname.hostname,
      domain: hostname.domain,
      addresses: record.address === undefined ? [] : [record.address],
      hostAliases: pod.spec.hostAliases,
      node: record.hostNetwork ? await hostFile('/etc/hosts') : undefined,
    });
    await Promise.all([
      writeAtomic(join(etc, 'hosts'), hosts, 0o644),
      writeAtomic(join(etc, 'hostname'), `${hostname.kernel}\n`, 0o644),
      writeAtomic(join(etc, 'resolv.conf'), resolv.text, 0o644),
    ]);
  }

  /** Nothing of it is left but its row, which says so. Can be repeated, also for one that was only half made. */
  async stop(record: SandboxRecord): Promise<void> {
    const { paths, pool, memory, dns, layout, bootId } = this.#env;
    const bundle = bundleOf(paths, record.id);
    if (record.bootId === bootId) {
      const refs = record.infra ? [record.infra] : await readRefs(join(bundle, 'refs'));
      for (const ref of refs) await endProcess(ref);
      // an engine that died may have left it half made: only the runtime knows what there is
      if (record.state === 'creating') await dropContainer(this.#env, record.id);
      const errFile = '/dev/null';
      await pool.job(cleanupJob(layout, { ids: [record.id], mounts: [], directories: [bundle], errFile }), { timeoutMs: JOB_MS });
    }
    await this.#closePorts(record);
    await dns.remove(record.podUid);
    memory.sandboxes.put({ ...record, state: 'stopped' });
    if (record.address !== undefined) this.#freed.set(record.address, this.#env.now().getTime());
  }

  async #closePorts(record: SandboxRecord): Promise<void> {
    if (record.address === undefined) return;
    const { listeners } = this.#env;
    for (const listener of await listeners.list()) if (listener.address === record.address) await listeners.stop(listener);
  }
}

const ownSysctls = (pod: StoredPod): Record<string, string> =>
  Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]));

async function sandboxFailure(bundle: string): Promise<PodsteadError> {
  const said = (await readIfExists(join(bundle, 'err')))?.toString().trim();
  return new PodsteadError('CONTAINER_CREATE', `cannot make the pod's sandbox: ${said || 'the runtime said nothing'}`, {
    remedy: 'podstead doctor shows what this machine lacks',
  });
}

/** Exit status of a job that makes a container. Throws TOOL_TIMEOUT in words for users. */
export async function runtimeJob({ pool }: Environment, script: string): Promise<number> {
  try {
    return await pool.job(script, { timeoutMs: JOB_MS });
  } catch (error) {
    if (!isCode(error, 'TOOL_TIMEOUT')) throw error;
    throw new PodsteadError('TOOL_TIMEOUT', `conmon or the OCI runtime gave no answer within ${JOB_MS / 1_000} s`, {
      remedy: 'podstead doctor shows the versions of both',
      cause: error,
    });
  }
}

/** Whatever somebody began to make under this id. A runtime that hangs has nothing that its end would leave behind. */
export async function dropContainer({ pool }: Environment, id: string): Promise<void> {
  await endMakers(id);
  await pool.job(`ps_drop ${id} || :`, { timeoutMs: DROP_MS }).catch((error: unknown) => {
    if (!isCode(error, 'TOOL_TIMEOUT')) throw error;
  });
}

/** SIGKILL until it is gone. Throws TOOL_TIMEOUT. */
export async function endProcess(ref: ProcessRef): Promise<void> {
  const deadline = Date.now() + END_MS;
  sendSignal(ref, 'SIGKILL');
  while (alive(ref)) {
    if (Date.now() > deadline) throw new PodsteadError('TOOL_TIMEOUT', `process ${ref.pid} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
