/**
 * One pod, level-triggered: look, plan, act, tell. One sync at a time; what takes long (a pull, a start, a hook) goes on beside it and
 * brings about the next one.
 */
import type { Pod, PodStatus } from '../api/objects.ts';
import type { Action } from './action.ts';
import { armBackoff } from './backoff.ts';
import type { Containers } from './container.ts';
import type { Environment } from './environment.ts';
import { isLive } from './instances.ts';
import { Killer } from './killer.ts';
import type { Observer } from './observer.ts';
import { planOrphan, planPod } from './plan.ts';
import { findContainer, gracePeriod, initContainers, isDeleted, type StoredPod } from './pod.ts';
import { PodProbes } from './pod-probes.ts';
import type { ContainerRecord } from './record.ts';
import type { Sandboxes } from './sandbox.ts';
import { Starter } from './starter.ts';
import { podStatus } from './status.ts';
import { tellBackoffs } from './told.ts';

const PORT_RETRY_MS = 1_000;

/** So long the next steps of a start may stay untold. */
const TELL_MS = 100;

export interface WorkerParts {
  env: Environment;
  sandboxes: Sandboxes;
  containers: Containers;
  observer: Observer;
  /** May pods run: not after a reboot or `system down`, until asked for. */
  active(): boolean;
  /** Is the pod held back (`play kube --start=false`)? */
  held(pod: StoredPod): boolean;
  /** A sync or an effect ended: the engine may look whether it can rest. */
  changed(): void;
}

export class PodWorker {
  readonly uid: string;
  readonly #parts: WorkerParts;
  readonly #starter: Starter;
  readonly #killer: Killer;
  readonly #probes: PodProbes;
  readonly #cleaning = new Map<string, Promise<void>>();
  #dirty = false;
  #running = false;
  #timer: NodeJS.Timeout | undefined;
  #due: number | undefined;
  /** When its published ports are to be looked at, ms since the epoch. */
  #portsDue = 0;
  /** Our own status is being written: we know of it. */
  #writing = false;
  #writtenAt = 0;

  constructor(uid: string, parts: WorkerParts) {
    this.uid = uid;
    this.#parts = parts;
    const touch = () => this.touch();
    this.#starter = new Starter(uid, parts, touch);
    this.#killer = new Killer(parts, touch);
    this.#probes = new PodProbes(uid, parts.env, touch);
  }

  /** `status`: the phase and all else but the status are as before. */
  touch(change?: 'status'): void {
    if (change === 'status' && this.#writing) return;
    this.#dirty = true;
    if (!this.#running) void this.#loop();
  }

  /** Objects it refers to have changed, or a listener died: what waits for them is tried at once. */
  refresh(): void {
    this.#starter.retryNow();
    const pod = this.#pod();
    if (pod && this.#parts.observer.sandbox(this.uid)?.alive) this.#clean('volumes', () => this.#starter.refreshVolumes(pod));
    this.touch();
  }

  lookAtPorts(): void {
    this.#portsDue = 0;
    this.touch();
  }

  get busy(): boolean {
    return this.#running || this.#effects();
  }

  /** ms since the epoch. */
  get due(): number | undefined {
    return this.#due;
  }

  async #loop(): Promise<void> {
    this.#running = true;
    try {
      while (this.#dirty) {
        this.#dirty = false;
        await this.#sync();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#running = false;
      this.#parts.changed();
    }
  }

  /** Nothing is lost: it is tried again. */
  #failed(error: unknown): void {
    const pod = this.#pod();
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`pod ${this.uid}: ${error instanceof Error ? (error.stack ?? message) : message}\n`);
    if (pod) this.#parts.env.api.event(pod, { type: 'Warning', reason: 'FailedSync', message });
    this.#lookAgain(this.#parts.env.now().getTime() + 1_000);
  }

  #pod(): StoredPod | undefined {
    return this.#parts.env.store.byUid<Pod>(this.uid);
  }

  async #sync(): Promise<void> {
    const { env, observer } = this.#parts;
    clearTimeout(this.#timer);
    this.#due = undefined;
    const pod = this.#pod();
    if (!pod && !env.memory.holds(this.uid)) return;
    const seen = observer.look(this.uid, this.#starter.containers);
    for (const record of seen.halfMade) await this.#parts.containers.adopt(record);
    for (const record of env.memory.containers.of(this.uid)) if (record.state === 'exited' && !record.cleaned) this.#finish(record, pod);
    if (seen.againMs !== undefined) this.#lookAgain(env.now().getTime() + seen.againMs);
    const actions = pod ? this.#plan(pod) : planOrphan(this.#orphan());
    for (const action of actions) this.#perform(action, pod);
    if (pod) await this.#after(pod);
  }

  #orphan() {
    const sandbox = this.#parts.observer.sandbox(this.uid);
    return { ...(sandbox && { sandbox }), containers: this.#parts.env.memory.containers.of(this.uid) };
  }

  #plan(pod: StoredPod): Action[] {
    const { env, active, held } = this.#parts;
    const orphan = this.#orphan();
    if (!active() && !isDeleted(pod)) return stopAll(pod, orphan, this.#starter.busy);
    const memory = env.memory.pod(this.uid);
    const hold = held(pod) ? { why: 'it is held' } : this.#starter.hold;
    const plan = planPod({
      pod,
      ...orphan,
      backoff: memory.backoff,
      startErrors: this.#starter.errors,
      probes: this.#probes.results,
      busy: { containers: this.#starter.containers, ...(this.#starter.sandbox && { sandbox: this.#starter.sandbox }) },
      ...(hold && { hold }),
      now: env.now(),
    });
    if (plan.nextDue) this.#lookAgain(plan.nextDue.getTime());
    if (isDeleted(pod)) this.#starter.giveUp();
    return plan.actions;
  }

  #perform(action: Action, pod: StoredPod | undefined): void {
    const { env, containers } = this.#parts;
    switch (action.do) {
      case 'createSandbox':
        if (pod) this.#starter.makeSandbox(pod, action.attempt);
        return;
      case 'stopSandbox':
        this.#starter.stopSandbox(action.id, this.#idle());
        return;
      case 'startContainer':
        if (!pod) return;
        if (action.backoff) {
          const memory = env.memory.pod(this.uid);
          const backoff = armBackoff(memory.backoff, action.backoff.key, action.backoff.finishedAt, env.now());
          env.memory.putPod(this.uid, { ...memory, backoff });
        }
        this.#starter.start(pod, action);
        return;
      case 'postStart':
        if (pod) this.#starter.postStart(pod, action.id, action.name);
        return;
      case 'killContainer': {
        const due = this.#killer.step(pod, this.uid, action);
        if (due !== undefined) this.#lookAgain(due);
        return;
      }
      case 'removeContainer': {
        const record = env.memory.containers.get(this.uid, action.id);
        if (record?.cleaned) this.#clean(record.id, () => containers.forget(record));
        return;
      }
      case 'failPod':
        env.memory.putPod(this.uid, { ...env.memory.pod(this.uid), verdict: { reason: action.reason, message: action.message } });
        return;
      case 'finalize':
        if (!this.#effects()) this.#finalize();
    }
  }

  /** All that cleans up: a sandbox whose bundle holds mounts of others must go after them. */
  #idle(): Promise<unknown> {
    return Promise.allSettled([...this.#cleaning.values()]);
  }

  #effects(): boolean {
    return this.#starter.busy || this.#killer.busy || this.#cleaning.size > 0;
  }

  #finish(record: ContainerRecord, pod: StoredPod | undefined): void {
    if (this.#cleaning.has(record.id)) return;
    const { containers } = this.#parts;
    const spec = pod && findContainer(pod, record.name);
    const howMany = pod ? pod.spec.containers.length + initContainers(pod).length : 1;
    this.#probes.forget(record.id);
    this.#clean(record.id, async () => containers.clean(await containers.finish(record, spec, howMany)));
  }

  #clean(id: string, work: () => Promise<unknown>): void {
    if (this.#cleaning.has(id)) return;
    const done = work().then(
      () => {
        this.#cleaning.delete(id);
        this.touch();
      },
      (error: unknown) => {
        this.#cleaning.delete(id);
        // tried again with the next look, not at once
        this.#failed(error);
        this.#parts.changed();
      },
    );
    this.#cleaning.set(id, done);
  }

  #finalize(): void {
    this.#clean('finalize', async () => {
      await this.#starter.removeEverything();
      this.#parts.env.api.finalize(this.uid);
    });
  }

  /** Probes, ports and the status that everybody sees. */
  async #after(pod: StoredPod): Promise<void> {
    const { env, observer, sandboxes } = this.#parts;
    const records = env.memory.containers.of(this.uid);
    const sandbox = observer.sandbox(this.uid);
    const due = this.#probes.look(pod, records, sandbox?.address ?? env.node.address);
    if (due !== undefined) this.#lookAgain(due);
    if (sandbox?.alive && !isDeleted(pod) && sandboxes.hasPorts(pod)) this.#lookAtPorts(() => sandboxes.reopenPorts(pod, sandbox));
    if (!this.#parts.active() && !isDeleted(pod)) return;
    const memory = env.memory.pod(this.uid);
    const status = podStatus({
      pod,
      ...(sandbox && { sandbox }),
      containers: env.memory.containers.of(this.uid),
      startErrors: this.#starter.errors,
      ...(this.#starter.hold && { sandboxProblem: this.#starter.hold.why }),
      backoff: memory.backoff,
      probes: this.#probes.results,
      hostIP: env.node.address,
      now: env.now(),
      ...(pod.status && { previous: pod.status }),
      ...(memory.verdict && { verdict: memory.verdict }),
      busy: this.#starter.busy,
    });
    this.#tell(pod, status);
  }

  /** While much happens to a pod not every step of it is told. */
  #tell(pod: StoredPod, status: PodStatus): void {
    const { api, now } = this.#parts.env;
    const at = now().getTime();
    const next = this.#writtenAt + TELL_MS;
    if (this.#starter.busy && at < next && status.phase === pod.status?.phase) {
      this.#lookAgain(next);
      return;
    }
    this.#writtenAt = at;
    this.#writing = true;
    try {
      api.setStatus(pod, status);
    } finally {
      this.#writing = false;
    }
    for (const event of tellBackoffs(pod.status, status)) api.event(pod, event);
  }

  #lookAtPorts(reopen: () => Promise<void>): void {
    const now = this.#parts.env.now().getTime();
    if (now < this.#portsDue) {
      if (this.#portsDue !== Number.POSITIVE_INFINITY) this.#lookAgain(this.#portsDue);
      return;
    }
    this.#portsDue = Number.POSITIVE_INFINITY;
    this.#clean('ports', () =>
      reopen().catch((error: unknown) => {
        this.#portsDue = now + PORT_RETRY_MS;
        throw error;
      }),
    );
  }

  #lookAgain(at: number): void {
    if (this.#due !== undefined && this.#due <= at) return;
    this.#due = at;
    clearTimeout(this.#timer);
    // setTimeout holds 24.8 days
    const delay = Math.min(2 ** 31 - 1, Math.max(0, at - this.#parts.env.now().getTime()));
    this.#timer = setTimeout(() => this.touch(), delay);
    this.#timer.unref();
  }
}

/** `system down`: everything ends with its grace, nothing is forgotten. */
function stopAll(
  pod: StoredPod,
  { sandbox, containers }: Pick<Parameters<typeof planOrphan>[0], 'sandbox' | 'containers'>,
  busy: boolean,
): Action[] {
  const live = containers.filter(isLive);
  const why = 'podstead is stopped';
  if (live.length > 0)
    return live.map(({ id, name }): Action => {
      return { do: 'killContainer', id, name, gracePeriodSeconds: gracePeriod(pod), restart: true, why: `Stopping container ${name}` };
    });
  if (!sandbox || sandbox.state === 'stopped' || busy) return [];
  return [{ do: 'stopSandbox', id: sandbox.id, why }];
}
