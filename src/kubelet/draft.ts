/** A plan in the making: what it is made of, and what it asks for so far. Pure. */

import type { Container } from '../api/objects.ts';
import type { Action, ProbeResults, StartError } from './action.ts';
import { type BackoffState, containerBackoffKey, restartBlockedUntil } from './backoff.ts';
import { nextAttempt } from './instances.ts';
import type { StoredPod } from './pod.ts';
import type { ContainerRecord, SandboxRecord } from './record.ts';

export interface PlanInput {
  pod: StoredPod;
  /** The newest one. `alive`: its infra process is there. */
  sandbox?: SandboxRecord & { alive: boolean };
  /** Every instance that is known, corrected by observation. */
  containers: readonly ContainerRecord[];
  backoff: BackoffState;
  /** By container name. */
  startErrors: ReadonlyMap<string, StartError>;
  /** By container id. */
  probes: ReadonlyMap<string, ProbeResults>;
  /** What this engine is at already: names of containers being started (pulls included), and the sandbox. */
  busy?: { containers?: ReadonlySet<string>; sandbox?: 'making' | 'stopping' };
  /** Nothing may be started, and why: a volume is not there yet, the pod is held. Ends are not held up. */
  hold?: { why: string; retryAt?: string };
  now: Date;
}

export interface Plan {
  actions: Action[];
  /** When to look again though nothing happened. */
  nextDue?: Date;
}

export class Draft {
  readonly input: PlanInput;
  readonly actions: Action[] = [];
  private due: number | undefined;

  constructor(input: PlanInput) {
    this.input = input;
  }

  add(action: Action): void {
    this.actions.push(action);
  }

  lookAgain(at: Date | string | undefined): void {
    if (at === undefined) return;
    const time = typeof at === 'string' ? Date.parse(at) : at.getTime();
    this.due = Math.min(this.due ?? time, time);
  }

  isBusy(name: string): boolean {
    return this.input.busy?.containers?.has(name) ?? false;
  }

  /** Asks for the end of a container; a kill under way keeps its reason, and its grace if that is shorter. */
  kill(container: ContainerRecord, gracePeriodSeconds: number, why: string, restart = false): void {
    const { kill } = container;
    this.add({
      do: 'killContainer',
      id: container.id,
      name: container.name,
      gracePeriodSeconds: Math.min(kill?.gracePeriodSeconds ?? gracePeriodSeconds, gracePeriodSeconds),
      restart: kill === undefined ? restart : kill.restart && restart,
      why: kill?.why ?? why,
    });
  }

  /** Asks for a start, unless something says: not yet. `before`: the instance that this one replaces. */
  start(kind: 'init' | 'app', container: Container, before: ContainerRecord | undefined, why: string): 'started' | 'waits' {
    const { hold, startErrors, backoff, containers, now } = this.input;
    const retryAt = startErrors.get(container.name)?.retryAt;
    const notBefore = retryAt !== undefined && Date.parse(retryAt) > now.getTime() ? new Date(retryAt) : undefined;
    const key = containerBackoffKey(container);
    const until = before && restartBlockedUntil(backoff, key, before.finishedAt, now);
    if (hold || notBefore || until) {
      this.lookAgain(hold?.retryAt);
      this.lookAgain(notBefore);
      this.lookAgain(until);
      return 'waits';
    }
    this.add({
      do: 'startContainer',
      kind,
      name: container.name,
      attempt: nextAttempt(containers, container.name),
      ...(before && { backoff: { key, ...(before.finishedAt !== undefined && { finishedAt: before.finishedAt }) } }),
      why,
    });
    return 'started';
  }

  finish(): Plan {
    return this.due === undefined ? { actions: this.actions } : { actions: this.actions, nextDue: new Date(this.due) };
  }
}
