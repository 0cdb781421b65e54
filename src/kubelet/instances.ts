/** The instances of a pod's containers, in order. Pure. */
import type { ContainerRecord } from './record.ts';

/** Oldest first. */
export const instancesOf = (containers: readonly ContainerRecord[], name: string): ContainerRecord[] =>
  containers.filter((c) => c.name === name).sort((a, b) => a.attempt - b.attempt || (a.createdAt < b.createdAt ? -1 : 1));

export const newest = (containers: readonly ContainerRecord[], name: string): ContainerRecord | undefined =>
  instancesOf(containers, name).at(-1);

export const nextAttempt = (containers: readonly ContainerRecord[], name: string): number =>
  Math.max(-1, ...containers.filter((c) => c.name === name).map((c) => c.attempt)) + 1;

/** Something of it may still be on the machine. */
export const isLive = (container: ContainerRecord): boolean => container.state !== 'exited';

/** Instances nobody asks for any more: all but the newest and the one before it, which `lastState` and `logs --previous` show. */
export function expired(containers: readonly ContainerRecord[]): ContainerRecord[] {
  const names = new Set(containers.map((c) => c.name));
  return [...names].flatMap((name) => instancesOf(containers, name).slice(0, -2)).filter((c) => !isLive(c));
}
