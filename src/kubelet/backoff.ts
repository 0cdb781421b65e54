/** Back-off of restarts and image pulls. Pure; the state is JSON, so that it outlives the engine. */
import type { Container } from '../api/objects.ts';
import { specHash } from './pod.ts';

const FIRST_SECONDS = 10;
const LIMIT_SECONDS = 300;
/** So long without trouble and an entry starts again from the first delay. */
const FORGET_MS = 2 * LIMIT_SECONDS * 1000;

export interface BackoffEntry {
  seconds: number;
  /** RFC 3339. */
  updatedAt: string;
}
/** By key; one pod's. */
export type BackoffState = Readonly<Record<string, BackoffEntry>>;

/** The image is part of the hash: another one starts afresh. */
export const containerBackoffKey = (container: Container): string => `container/${container.name}/${specHash(container)}`;
export const imageBackoffKey = (image: string): string => `image/${image}`;

const forgotten = (entry: BackoffEntry, event: number): boolean => event - Date.parse(entry.updatedAt) > FORGET_MS;

/** When it happened; an event in the future (the clock was set back) counts as now. */
const eventTime = (event: string | undefined, now: Date): number =>
  event === undefined ? now.getTime() : Math.min(Date.parse(event), now.getTime());

/** When a container that ended at `finishedAt` may start again; undefined: now. Counts from the end, not from the last try. */
export function restartBlockedUntil(state: BackoffState, key: string, finishedAt: string | undefined, now: Date): Date | undefined {
  const entry = state[key];
  const event = eventTime(finishedAt, now);
  if (entry === undefined || forgotten(entry, event)) return undefined;
  const until = event + entry.seconds * 1000;
  return until > now.getTime() ? new Date(until) : undefined;
}

/** When an image that could not be pulled may be tried again; undefined: now. */
export function pullBlockedUntil(state: BackoffState, key: string, now: Date): Date | undefined {
  const entry = state[key];
  if (entry === undefined) return undefined;
  const until = Math.min(Date.parse(entry.updatedAt), now.getTime()) + entry.seconds * 1000;
  return until > now.getTime() ? new Date(until) : undefined;
}

/** The state after a restart (the event: when it had ended) or a failed pull (the event: now). */
export function armBackoff(state: BackoffState, key: string, event: string | undefined, now: Date): BackoffState {
  const entry = state[key];
  const fresh = entry === undefined || forgotten(entry, eventTime(event, now));
  const seconds = fresh ? FIRST_SECONDS : Math.min(entry.seconds * 2, LIMIT_SECONDS);
  return { ...state, [key]: { seconds, updatedAt: now.toISOString() } };
}

/** After a pull that succeeded. */
export function clearBackoff(state: BackoffState, key: string): BackoffState {
  if (state[key] === undefined) return state;
  const { [key]: _, ...rest } = state;
  return rest;
}

/** As Go prints a duration of whole seconds: `10s`, `1m20s`, `5m0s`. */
export const goSeconds = (seconds: number): string => (seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`);

export const crashLoopMessage = (seconds: number, container: string, pod: string): string =>
  `back-off ${goSeconds(seconds)} restarting failed container=${container} pod=${pod}`;
