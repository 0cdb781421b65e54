/** Ends containers: does the next step of termination.ts when it is due. Everything that counts is in the rows. */
import { sendSignal } from '../host/process.ts';
import { signalNumber } from '../runtime/signal.ts';
import type { Action } from './action.ts';
import { hookRequest } from './handler.ts';
import { runHandler } from './handler-runner.ts';
import { findContainer, type StoredPod } from './pod.ts';
import type { WorkerParts } from './pod-worker.ts';
import type { ContainerRecord, KillRecord } from './record.ts';
import { beginKill, killStep, stopSignal } from './termination.ts';

type KillAction = Action & { do: 'killContainer' };
const LOOK_MS = 1_000;

export class Killer {
  readonly #parts: WorkerParts;
  readonly #touch: () => void;
  readonly #hooks = new Map<string, AbortController>();

  constructor(parts: WorkerParts, touch: () => void) {
    this.#parts = parts;
    this.#touch = touch;
  }

  get busy(): boolean {
    return this.#hooks.size > 0;
  }

  /** Returns when to come back, ms since the epoch. */
  step(pod: StoredPod | undefined, podUid: string, action: KillAction): number | undefined {
    const { memory, now, api } = this.#parts.env;
    const record = memory.containers.get(podUid, action.id);
    if (!record || record.state === 'exited') return undefined;
    const wish = { why: action.why, gracePeriodSeconds: action.gracePeriodSeconds, restart: action.restart };
    const kill = beginKill(record.kill, wish, now());
    if (!record.kill && pod) api.event(pod, { type: 'Normal', reason: 'Killing', message: action.why, container: action.name });
    return this.#advance(pod, kill === record.kill ? record : this.#put(record, kill), kill);
  }

  #put(record: ContainerRecord, kill: KillRecord): ContainerRecord {
    const next = { ...record, kill };
    this.#parts.env.memory.containers.put(next);
    return next;
  }

  #advance(pod: StoredPod | undefined, record: ContainerRecord, kill: KillRecord): number | undefined {
    const { now } = this.#parts.env;
    const hook = pod && findContainer(pod, record.name)?.lifecycle?.preStop;
    const next = killStep(kill, { preStop: hook !== undefined, hookRunning: this.#hooks.has(record.id), now: now() });
    const at = now().toISOString();
    switch (next.step) {
      case 'preStop':
        this.#put(record, { ...kill, hookStartedAt: at });
        this.#runHook(pod, record, next.timeoutMs);
        return undefined;
      case 'stop': {
        this.#hooks.get(record.id)?.abort();
        this.#signal(record, this.#stopSignal(pod, record));
        const stopped = { ...kill, stoppedAt: at };
        return this.#advance(pod, this.#put(record, stopped), stopped);
      }
      case 'kill': {
        this.#hooks.get(record.id)?.abort();
        this.#signal(record, 'SIGKILL');
        this.#put(record, { ...kill, killedAt: at });
        return now().getTime() + LOOK_MS;
      }
      case 'wait':
        return next.until.getTime();
    }
  }

  #signal(record: ContainerRecord, signal: NodeJS.Signals | number): void {
    if (record.process) sendSignal(record.process, signal as NodeJS.Signals);
  }

  #stopSignal(pod: StoredPod | undefined, record: ContainerRecord): number | NodeJS.Signals {
    const spec = pod && findContainer(pod, record.name);
    const image = this.#parts.env.images.find(record.imageId);
    return spec ? signalNumber(stopSignal(spec, image?.config.stopSignal)) : 'SIGTERM';
  }

  #runHook(pod: StoredPod | undefined, record: ContainerRecord, timeoutMs: number): void {
    const { env } = this.#parts;
    const container = pod && findContainer(pod, record.name);
    const handler = container?.lifecycle?.preStop;
    const sandbox = env.memory.sandboxes.get(record.podUid, record.sandboxId);
    if (!pod || !container || !handler) return;
    const controller = new AbortController();
    this.#hooks.set(record.id, controller);
    const request = hookRequest(handler, { container, podIP: sandbox?.address ?? env.node.address }, timeoutMs);
    const target = { containerId: record.id, hostNetwork: sandbox?.hostNetwork ?? false };
    runHandler(env, target, request, controller.signal)
      .then(({ ok, detail }) => {
        if (!ok)
          env.api.event(pod, {
            type: 'Warning',
            reason: 'FailedPreStopHook',
            message: `PreStopHook failed: ${detail}`,
            container: record.name,
          });
      })
      .catch((error: unknown) => process.stderr.write(`preStop of ${record.name}: ${String(error)}\n`))
      .then(() => this.#hookEnded(record))
      // the row could not be written: the hook will be run again
      .catch((error: unknown) => process.stderr.write(`preStop of ${record.name}: ${String(error)}\n`))
      .finally(() => this.#touch());
  }

  #hookEnded(record: ContainerRecord): void {
    const { memory, now } = this.#parts.env;
    this.#hooks.delete(record.id);
    const current = memory.containers.get(record.podUid, record.id);
    if (current?.kill) this.#put(current, { ...current.kill, hookEndedAt: now().toISOString() });
  }
}
