/** What a pod's worker has under way: its sandbox, its containers' starts, their postStart hooks. One effect at a time for each. */
import type { Container } from '../api/objects.ts';
import { removeTree } from '../host/files.ts';
import type { Action, StartError } from './action.ts';
import { type Environment, SANDBOX_GONE, StartFailure } from './environment.ts';
import { hookRequest } from './handler.ts';
import { runHandler } from './handler-runner.ts';
import { findContainer, type StoredPod } from './pod.ts';
import { podDirectory } from './pod-files.ts';
import type { WorkerParts } from './pod-worker.ts';
import type { SandboxRecord } from './record.ts';
import { readReferences } from './references.ts';
import type { ReadyVolumes } from './volumes/volume-manager.ts';

type StartAction = Action & { do: 'startContainer' };
interface Made {
  sandbox: SandboxRecord;
  volumes: ReadyVolumes;
}
const STOP_AGAIN_MS = 1_000;
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

export class Starter {
  /** By container name. */
  readonly errors = new Map<string, StartError>();
  readonly #uid: string;
  readonly #parts: WorkerParts;
  readonly #touch: () => void;
  readonly #starts = new Map<string, AbortController>();
  readonly #hooks = new Set<string>();
  #sandbox: 'making' | 'stopping' | undefined;
  #made: Promise<Made> | undefined;
  #volumesReady: Promise<ReadyVolumes> | undefined;
  #sandboxId = '';
  #hold: { why: string; retryAt: string } | undefined;
  #failures = 0;

  constructor(uid: string, parts: WorkerParts, touch: () => void) {
    this.#uid = uid;
    this.#parts = parts;
    this.#touch = touch;
  }

  get #env(): Environment {
    return this.#parts.env;
  }
  get containers(): ReadonlySet<string> {
    return new Set(this.#starts.keys());
  }
  get sandbox(): 'making' | 'stopping' | undefined {
    return this.#sandbox;
  }
  get busy(): boolean {
    return this.#starts.size > 0 || this.#sandbox !== undefined || this.#hooks.size > 0;
  }
  /** Why no sandbox is tried at the moment. */
  get hold(): { why: string; retryAt: string } | undefined {
    if (this.#hold && Date.parse(this.#hold.retryAt) <= this.#env.now().getTime()) this.#hold = undefined;
    return this.#hold;
  }

  retryNow(): void {
    this.#hold = undefined;
    for (const [name, error] of this.errors) {
      const { retryAt: _, ...rest } = error;
      this.errors.set(name, rest);
    }
  }

  /** The pod is deleted: pulls and hooks are not waited for. */
  giveUp(): void {
    for (const controller of this.#starts.values()) controller.abort();
  }

  makeSandbox(pod: StoredPod, attempt: number): void {
    const { sandboxes } = this.#parts;
    const id = this.#env.newId();
    const { memory } = this.#env;
    // a row before the first volume: from now on there is something of this pod on the machine
    memory.putPod(this.#uid, memory.pod(this.#uid));
    this.#sandbox = 'making';
    this.#sandboxId = id;
    this.#volumesReady = this.#volumes(pod);
    this.#made = this.#volumesReady.then(async (volumes) => {
      return { sandbox: await sandboxes.make(pod, sandboxes.register(pod, attempt, id)), volumes };
    });
    this.#made
      .then(() => {
        this.#failures = 0;
      })
      .catch((error: unknown) => this.#sandboxFailed(pod, error))
      .finally(() => {
        this.#sandbox = undefined;
        this.#touch();
      });
  }

  #sandboxFailed(pod: StoredPod, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof StartFailure ? error.reason : 'FailedCreatePodSandBox';
    this.#env.api.event(pod, { type: 'Warning', reason, message });
    const delay = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] ?? 30_000;
    this.#hold = { why: message, retryAt: new Date(this.#env.now().getTime() + delay).toISOString() };
  }

  /** Throws StartFailure with reason FailedMount. */
  async #volumes(pod: StoredPod): Promise<ReadyVolumes> {
    const env = this.#env;
    const { configMaps, secrets, claims } = readReferences(env.store, pod.metadata.namespace ?? 'default');
    const facts = { podIPs: [], hostIPs: [env.node.address], allocatable: env.node.allocatable };
    const found = await env.volumes.prepare({ pod, configMaps, secrets, claims, ...facts });
    if ('reason' in found) throw new StartFailure(found.reason, found.message);
    return found;
  }

  async refreshVolumes(pod: StoredPod): Promise<void> {
    const env = this.#env;
    const { configMaps, secrets, claims } = readReferences(env.store, pod.metadata.namespace ?? 'default');
    await env.volumes.refresh({
      pod,
      configMaps,
      secrets,
      claims,
      podIPs: [],
      hostIPs: [env.node.address],
      allocatable: env.node.allocatable,
    });
  }

  stopSandbox(id: string, after: Promise<unknown>): void {
    const record = this.#env.memory.sandboxes.get(this.#uid, id);
    if (!record || this.#sandbox) return;
    this.#sandbox = 'stopping';
    this.#made = undefined;
    after
      .then(() => this.#parts.sandboxes.stop(record))
      .then(
        () => this.#stopped(0),
        (error: unknown) => {
          process.stderr.write(`sandbox ${id}: ${error instanceof Error ? error.message : String(error)}\n`);
          this.#stopped(STOP_AGAIN_MS);
        },
      );
  }

  /** What could not be stopped is tried again, but not at once. */
  #stopped(inMs: number): void {
    const over = () => {
      this.#sandbox = undefined;
      this.#touch();
    };
    if (inMs === 0) over();
    else setTimeout(over, inMs);
  }

  start(pod: StoredPod, action: StartAction): void {
    const spec = findContainer(pod, action.name);
    if (!spec || this.#starts.has(action.name)) return;
    const controller = new AbortController();
    this.#starts.set(action.name, controller);
    this.#run(pod, spec, action, controller.signal)
      .then(() => this.errors.delete(action.name))
      .catch((error: unknown) => {
        if (!controller.signal.aborted) this.#startFailed(pod, action.name, error);
      })
      .finally(() => {
        this.#starts.delete(action.name);
        this.#touch();
      });
  }

  async #run(pod: StoredPod, spec: Container, action: StartAction, signal: AbortSignal): Promise<void> {
    const { puller, api } = this.#env;
    const made = this.#current(pod);
    made.catch(() => undefined);
    const image = await puller.ensure(pod, spec.name, spec.image ?? '', spec.imagePullPolicy, signal);
    // before it is known that the pod can have its volumes nothing is made
    await this.#volumesReady;
    signal.throwIfAborted();
    const { kind, attempt, name } = action;
    await this.#parts.containers.start({ pod, spec, kind, attempt, image, sandboxId: this.#sandboxId, sandbox: made });
    this.#env.store.transaction(
      () => {
        api.event(pod, { type: 'Normal', reason: 'Created', message: `Container created`, container: name });
        api.event(pod, { type: 'Normal', reason: 'Started', message: `Container started`, container: name });
      },
      { durable: false },
    );
  }

  /** The sandbox being made, or the one that stands. */
  #current(pod: StoredPod): Promise<Made> {
    const standing = this.#parts.observer.sandbox(this.#uid);
    if (this.#made && (this.#sandbox === 'making' || standing?.id === this.#sandboxId)) return this.#made;
    this.#sandboxId = standing?.id ?? '';
    this.#volumesReady = this.#volumes(pod);
    this.#made = this.#volumesReady.then((volumes) => {
      if (!standing?.alive) throw new StartFailure(SANDBOX_GONE, 'the sandbox is gone', { retryAfterMs: 0 });
      return { sandbox: standing, volumes };
    });
    return this.#made;
  }

  #startFailed(pod: StoredPod, name: string, error: unknown): void {
    const failure = error instanceof StartFailure ? error : new StartFailure('CreateContainerError', String(error));
    // the sandbox says itself why it failed
    if (failure.reason === SANDBOX_GONE || failure.reason === 'FailedMount' || this.#hold) return;
    const retryAt = new Date(this.#env.now().getTime() + failure.retryAfterMs).toISOString();
    this.errors.set(name, { reason: failure.reason, message: failure.message, ...(failure.retryAfterMs > 0 && { retryAt }) });
    this.#env.api.event(pod, { type: 'Warning', reason: 'Failed', message: `Error: ${failure.message}`, container: name });
  }

  postStart(pod: StoredPod, id: string, name: string): void {
    const handler = findContainer(pod, name)?.lifecycle?.postStart;
    if (!handler || this.#hooks.has(id)) return;
    this.#hooks.add(id);
    this.#runHook(pod, id, name, handler)
      .catch((error: unknown) => process.stderr.write(`postStart of ${name}: ${String(error)}\n`))
      .finally(() => {
        this.#hooks.delete(id);
        this.#touch();
      });
  }

  async #runHook(
    pod: StoredPod,
    id: string,
    name: string,
    handler: NonNullable<NonNullable<Container['lifecycle']>['postStart']>,
  ): Promise<void> {
    const { memory, api, node } = this.#env;
    const container = findContainer(pod, name);
    const sandbox = memory.sandbox(this.#uid);
    if (!container || !sandbox) return;
    const request = hookRequest(handler, { container, podIP: sandbox.address ?? node.address });
    const { ok, detail } = await runHandler(this.#env, { containerId: id, hostNetwork: sandbox.hostNetwork }, request);
    const record = memory.containers.get(this.#uid, id);
    if (!record) return;
    memory.containers.put({ ...record, ...(ok ? { postStarted: true } : { postStartError: detail }) });
    if (!ok) {
      this.errors.set(name, { reason: 'PostStartHookError', message: detail });
      api.event(pod, { type: 'Warning', reason: 'FailedPostStartHook', message: `PostStartHook failed: ${detail}`, container: name });
    }
  }

  /** Of a pod of which nothing lives: volumes, logs, rows. */
  async removeEverything(): Promise<void> {
    const { volumes, paths, memory } = this.#env;
    for (const record of memory.containers.of(this.#uid)) await this.#parts.containers.forget(record);
    await volumes.remove(this.#uid);
    await removeTree(podDirectory(paths, this.#uid));
    memory.forget(this.#uid);
  }
}
