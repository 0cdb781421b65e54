/**
 * The end of a container: preStop hook, stop signal, SIGKILL, each at its time. Pure: the next step follows from the row alone,
 * so another engine goes on where one died.
 */
import type { Container } from '../api/objects.ts';
import type { KillRecord } from './record.ts';

/** What a process gets between the stop signal and SIGKILL at least, however long the hook took. */
const LEAST_WINDOW_MS = 2_000;
/** SIGKILL is sent again after this, should the process still be there. */
const KILL_AGAIN_MS = 5_000;

export interface KillWish {
  why: string;
  gracePeriodSeconds: number;
  /** Start another one once it has ended, whatever its code. */
  restart: boolean;
}

export type KillStep =
  /** Run the hook; it is given up after so long. Set hookStartedAt before, hookEndedAt after. */
  | { step: 'preStop'; timeoutMs: number }
  /** Set stoppedAt. */
  | { step: 'stop' }
  /** Set killedAt. */
  | { step: 'kill' }
  /** Nothing to do before that time, unless the container or the hook ends. */
  | { step: 'wait'; until: Date };

/** The row of a kill that begins, or of one that goes on with a shorter grace; the same object when nothing changes. */
export function beginKill(existing: KillRecord | undefined, wish: KillWish, now: Date): KillRecord {
  const deadline = new Date(now.getTime() + wish.gracePeriodSeconds * 1000).toISOString();
  if (existing === undefined) return { ...wish, startedAt: now.toISOString(), deadline };
  const gracePeriodSeconds = Math.min(existing.gracePeriodSeconds, wish.gracePeriodSeconds);
  const shorter = deadline < existing.deadline;
  const restart = existing.restart && wish.restart;
  if (!shorter && restart === existing.restart && gracePeriodSeconds === existing.gracePeriodSeconds) return existing;
  return { ...existing, restart, gracePeriodSeconds, deadline: shorter ? deadline : existing.deadline };
}

/** `hookRunning`: this engine has the hook under way. One that an earlier engine began is run again: at least once, as in Kubernetes. */
export function killStep(kill: KillRecord, facts: { preStop: boolean; hookRunning: boolean; now: Date }): KillStep {
  const now = facts.now.getTime();
  const deadline = Date.parse(kill.deadline);
  if (kill.killedAt !== undefined) {
    const again = Date.parse(kill.killedAt) + KILL_AGAIN_MS;
    return now >= again ? { step: 'kill' } : { step: 'wait', until: new Date(again) };
  }
  if (kill.gracePeriodSeconds <= 0) return { step: 'kill' };
  if (kill.stoppedAt === undefined) {
    const hookLeft = facts.preStop && kill.hookEndedAt === undefined && now < deadline;
    if (!hookLeft) return { step: 'stop' };
    return facts.hookRunning ? { step: 'wait', until: new Date(deadline) } : { step: 'preStop', timeoutMs: deadline - now };
  }
  const due = Math.max(deadline, Date.parse(kill.stoppedAt) + LEAST_WINDOW_MS);
  return now >= due ? { step: 'kill' } : { step: 'wait', until: new Date(due) };
}

/** `SIGTERM` unless the spec or the image says otherwise. Accepts `TERM`, `SIGTERM`, `15`, `SIGRTMIN+3`. */
export function stopSignal(container: Container, imageSignal: string | undefined): string {
  const wanted = container.lifecycle?.stopSignal ?? imageSignal;
  if (wanted === undefined || wanted.trim() === '') return 'SIGTERM';
  const name = wanted.trim().toUpperCase();
  return /^\d+$/.test(name) || name.startsWith('SIG') ? name : `SIG${name}`;
}
