/** Makes, starts and removes one instance of a container. Thin: when is decided by plan.ts. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isCode } from '../api/errors.ts';
import type { Container } from '../api/objects.ts';
import { makeDirectory, readIfExists, removeTree, writePlain } from '../host/files.ts';
import { alive } from '../host/process.ts';
import { runTool } from '../host/spawn.ts';
import type { Image } from '../images/image-store.ts';
import { podHostname } from '../network/hosts.ts';
import { cleanupJob, mountJob, runtimeArgv, startJob } from '../runtime/commands.ts';
import { readExit } from '../runtime/exits.ts';
import { endLeftovers, namespaceInode, parseNamespace } from '../runtime/leftovers.ts';
import { failureText, readStartFailure } from '../runtime/start-failure.ts';
import { readTerminationMessage, shareOfPod } from '../runtime/termination-message.ts';
import { containerAccount, containerVariables, ociConfig } from './container-config.ts';
import { type Environment, SANDBOX_GONE, StartFailure } from './environment.ts';
import { exited } from './observe.ts';
import { type StoredPod, specHash } from './pod.ts';
import { bundleOf, layerOf, logDirectory, logFile, rootOf, terminationLog } from './pod-files.ts';
import type { ContainerRecord, SandboxRecord } from './record.ts';
import { dropContainer, endProcess, readRefs, runtimeJob } from './sandbox.ts';
import { containerBinds } from './volumes/binds.ts';
import type { ReadyVolumes } from './volumes/volume-manager.ts';

const JOB_MS = 30_000;
const SOON_MS = 1_000;
const RETRY_MS = 1_000;

export interface StartInput {
  pod: StoredPod;
  spec: Container;
  kind: 'init' | 'app';
  attempt: number;
  image: Image;
  /** The row of the sandbox, perhaps still being made. */
  sandboxId: string;
  /** Resolves when the sandbox is ready, with the volumes. */
  sandbox: Promise<{ sandbox: SandboxRecord; volumes: ReadyVolumes }>;
}

export class Containers {
  readonly #env: Environment;
  constructor(env: Environment) {
    this.#env = env;
  }

  /** From nothing to a container that runs. What fails is undone, its row included. Throws StartFailure. */
  async start(input: StartInput): Promise<ContainerRecord> {
    const record = this.#register(input);
    try {
      // what fails first must not be cleaned up while the other is still at work
      const [root, made] = await Promise.allSettled([this.#prepareRoot(record, input.image), input.sandbox]);
      settledValue(root);
      const { sandbox, volumes } = settledValue(made);
      await this.#configure(input, record, sandbox, volumes);
      return await this.#run(record, input);
    } catch (error) {
      await this.destroy(record);
      throw asStartFailure(error);
    }
  }

  #register({ pod, spec, kind, attempt, image, sandboxId }: StartInput): ContainerRecord {
    const { paths, bootId, now, newId, memory } = this.#env;
    const podUid = pod.metadata.uid;
    const record: ContainerRecord = {
      id: newId(),
      podUid,
      sandboxId,
      namespace: pod.metadata.namespace ?? 'default',
      pod: pod.metadata.name,
      name: spec.name,
      kind,
      attempt,
      specHash: specHash(spec),
      image: spec.image ?? '',
      imageId: image.id,
      state: 'creating',
      bootId,
      createdAt: now().toISOString(),
      logPath: logFile(paths, podUid, spec.name, attempt),
    };
    memory.containers.put(record);
    return record;
  }

  async #prepareRoot(record: ContainerRecord, image: Image): Promise<void> {
    const { paths, pool, images } = this.#env;
    const bundle = bundleOf(paths, record.id);
    const layer = layerOf(paths, record.podUid, record.id);
    const target = rootOf(paths, record.id);
    await makeDirectory(target);
    await makeDirectory(join(layer, 'upper'), 0o755);
    mkdirSync(join(layer, 'work'));
    const mount = { base: images.layersDirectory, lower: image.layers, upper: join(layer, 'upper'), work: join(layer, 'work'), target };
    const status = await pool.job(mountJob(mount, join(bundle, 'err')), { timeoutMs: JOB_MS });
    if (status === 0) return;
    const why = await said(bundle);
    // a mount that did not even complain was killed: the next one will do
    if (why === '') throw new StartFailure('RunContainerError', 'the mount of the image was cut short', { retryAfterMs: SOON_MS });
    throw new StartFailure('CreateContainerError', `cannot mount the image: ${why}`);
  }

  async #configure(input: StartInput, record: ContainerRecord, sandbox: SandboxRecord, volumes: ReadyVolumes): Promise<void> {
    const env = this.#env;
    const { pod, spec, image } = input;
    const podUid = pod.metadata.uid;
    const variables = containerVariables(env, pod, spec, sandbox.address ?? env.node.address);
    for (const event of variables.events) env.api.event(pod, { ...event, container: spec.name });
    const binds = await containerBinds({ container: spec, podUid, volumes, env: variables.env, paths: env.paths, shell: env.pool });
    if (!Array.isArray(binds)) throw new StartFailure(binds.reason, binds.message);
    const hostname = podHostname({
      spec: pod.spec,
      pod: pod.metadata.name,
      namespace: record.namespace,
      domain: env.node.domain,
      node: env.node.name,
    });
    const config = await ociConfig({
      env,
      pod,
      spec,
      image,
      record,
      sandbox,
      variables,
      binds,
      account: await containerAccount(env.accounts, pod, spec, image),
      hostname: 'fault' in hostname ? pod.metadata.name : hostname.hostname,
    });
    await makeDirectory(logDirectory(env.paths, podUid, spec.name));
    const log = terminationLog(env.paths, podUid, record.id);
    await writePlain(log, '', 0o666);
    // whoever the container runs as
    chmodSync(log, 0o666);
    await writePlain(join(bundleOf(env.paths, record.id), 'config.json'), JSON.stringify(config));
  }

  async #run(record: ContainerRecord, { spec, pod }: StartInput): Promise<ContainerRecord> {
    const { paths, memory, now } = this.#env;
    const bundle = bundleOf(paths, record.id);
    const shared = pod.spec.shareProcessNamespace === true;
    const job = startJob({
      id: record.id,
      bundle,
      log: record.logPath,
      tty: spec.tty === true,
      stdin: spec.stdin === true,
      noteMounts: shared,
    });
    const startedAt = now().toISOString();
    const status = await runtimeJob(this.#env, job);
    if (status !== 0) return this.#notStarted(record, bundle, spec.command?.[0] ?? record.name);
    const [process, conmon] = await readRefs(join(bundle, 'refs'));
    const mounts = await readMounts(bundle);
    const running: ContainerRecord = {
      ...record,
      state: 'running',
      startedAt,
      ...(process && { process }),
      ...(conmon && { conmon }),
      ...(mounts && { mountNamespace: mounts }),
      ...(spec.lifecycle?.postStart ? {} : { postStarted: true }),
    };
    memory.containers.put(running);
    return running;
  }

  /** The runtime refused to run it: an instance that ended as soon as it began, as containerd shows it. */
  async #notStarted(record: ContainerRecord, bundle: string, command: string): Promise<never> {
    const { memory, now } = this.#env;
    const infra = memory.sandboxes.get(record.podUid, record.sandboxId)?.infra;
    if (!infra || !alive(infra)) throw new StartFailure(SANDBOX_GONE, 'the sandbox is gone', { retryAfterMs: 0 });
    // conmon or the runtime was killed: the program had no part in it
    if ((await said(bundle)) === '')
      throw new StartFailure('RunContainerError', 'conmon or the OCI runtime ended without a word', { retryAfterMs: RETRY_MS });
    const at = now().toISOString();
    const { message, reason, exitCode } = readStartFailure(bundle, command);
    const ended: ContainerRecord = { ...record, state: 'exited', startedAt: at, finishedAt: at, exitCode, reason, message };
    memory.containers.put(ended);
    await this.clean(ended);
    throw new StartFailure('RunContainerError', message, { retryAfterMs: 0 });
  }

  /** An instance that has ended: its message is read, its processes, mounts, state and writable layer go. Can be repeated. */
  async finish(record: ContainerRecord, spec: Container | undefined, ofHowMany: number): Promise<ContainerRecord> {
    const { paths, memory } = this.#env;
    const message = await readTerminationMessage({
      policy: spec?.terminationMessagePolicy === 'FallbackToLogsOnError' ? 'FallbackToLogsOnError' : 'File',
      file: terminationLog(paths, record.podUid, record.id),
      log: record.logPath,
      exitCode: record.exitCode ?? 0,
    });
    const told = message === '' ? record : { ...record, message: shareOfPod(message, ofHowMany) };
    memory.containers.put(told);
    return told;
  }

  async clean(record: ContainerRecord): Promise<void> {
    const { paths, pool, memory, layout, bootId } = this.#env;
    const bundle = bundleOf(paths, record.id);
    if (record.bootId === bootId) {
      await this.#endLeftovers(record);
      const job = cleanupJob(layout, { ids: [record.id], mounts: [rootOf(paths, record.id)], directories: [bundle], errFile: '/dev/null' });
      await pool.job(`[ ! -d '${bundle}' ] || { ${job}; }`, { timeoutMs: JOB_MS });
    }
    await removeTree(layerOf(paths, record.podUid, record.id));
    rmSync(join(paths.exits, record.id), { force: true });
    const current = memory.containers.get(record.podUid, record.id);
    if (current) memory.containers.put({ ...current, cleaned: true });
  }

  /** In a PID namespace of its own the kernel has ended them already. */
  async #endLeftovers(record: ContainerRecord): Promise<void> {
    const { memory } = this.#env;
    const infra = memory.sandboxes.get(record.podUid, record.sandboxId)?.infra;
    const pids = infra && namespaceInode(infra.pid, 'pid');
    if (record.mountNamespace === undefined || pids === undefined) return;
    const inUse = memory.containers.of(record.podUid).flatMap((c) => (c.state !== 'exited' && c.mountNamespace ? [c.mountNamespace] : []));
    await endLeftovers({ mounts: record.mountNamespace, pids, inUse });
  }

  /** Whatever there is of an instance that never came to run, its row included. */
  async destroy(record: ContainerRecord): Promise<void> {
    const { paths, memory } = this.#env;
    const current = memory.containers.get(record.podUid, record.id);
    if (!current || current.state === 'exited') return;
    const bundle = bundleOf(paths, record.id);
    for (const ref of await readRefs(join(bundle, 'refs'))) await endProcess(ref);
    await dropContainer(this.#env, record.id);
    await this.clean(record);
    memory.containers.delete(record);
  }

  /** One that an engine registered and did not live to see run: it runs, has ended, or is destroyed. */
  async adopt(record: ContainerRecord): Promise<ContainerRecord | undefined> {
    const { paths, memory } = this.#env;
    const bundle = bundleOf(paths, record.id);
    const [process, conmon] = await readRefs(join(bundle, 'refs'));
    const startedAt = record.createdAt;
    const exit = readExit(paths.exits, record.id, bundle);
    if (process && conmon && !exit) {
      if (await this.#isStarted(record.id)) {
        const mounts = await readMounts(bundle);
        const adopted: ContainerRecord = {
          ...record,
          state: 'running',
          startedAt,
          process,
          conmon,
          ...(mounts && { mountNamespace: mounts }),
        };
        memory.containers.put(adopted);
        return adopted;
      }
    }
    if (exit && process) {
      const ended = exited({ ...record, startedAt }, exit);
      memory.containers.put(ended);
      return ended;
    }
    await this.destroy(record);
    return undefined;
  }

  async #isStarted(id: string): Promise<boolean> {
    const { stdout } = await runTool([...runtimeArgv(this.#env.layout), 'state', id], { timeoutMs: JOB_MS, okCodes: [0, 1] });
    return /"status": *"running"/.test(stdout);
  }

  /** Its row and its log. */
  async forget(record: ContainerRecord): Promise<void> {
    if (!record.cleaned) await this.clean(record);
    rmSync(record.logPath, { force: true });
    this.#env.memory.containers.delete(record);
  }
}

function settledValue<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/** Noted by the start job where the pod's containers share their processes. */
const readMounts = async (bundle: string): Promise<string | undefined> =>
  parseNamespace(((await readIfExists(join(bundle, 'mnt'))) ?? '').toString());

async function said(bundle: string): Promise<string> {
  const text = async (name: string) => ((await readIfExists(join(bundle, name))) ?? '').toString();
  return failureText(await text('failure'), await text('err'));
}

function asStartFailure(error: unknown): Error {
  if (error instanceof StartFailure) return error;
  if (isCode(error, 'CONTAINER_CONFIG')) return new StartFailure('CreateContainerConfigError', error.message, { cause: error });
  // a worker shell that was killed, or a tool that hung: nothing that the manifest could mend
  if (isCode(error, 'TOOL_FAILED') || isCode(error, 'TOOL_TIMEOUT'))
    return new StartFailure('RunContainerError', error.message, { retryAfterMs: SOON_MS, cause: error });
  if (error instanceof Error) return new StartFailure('CreateContainerError', error.message, { cause: error });
  return new StartFailure('CreateContainerError', String(error));
}
