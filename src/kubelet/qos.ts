/** The quality of service class of a pod. Pure. */

import type { Container, Pod } from '../api/objects.ts';
import { parseQuantity } from '../api/quantity.ts';
import { initContainers } from './pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
const COUNTED = ['cpu', 'memory'] as const;

const amount = (list: { [name: string]: string } | undefined, name: string): bigint => {
  const text = list?.[name];
  return text === undefined ? 0n : parseQuantity(text).nano;
};

function classOf(all: readonly NonNullable<Container['resources']>[]): QosClass {
  const set = all.some((r) => COUNTED.some((name) => amount(r.requests, name) > 0n || amount(r.limits, name) > 0n));
  if (!set) return 'BestEffort';
  const total = (name: string) => all.reduce((sum, r) => sum + (amount(r.requests, name) || amount(r.limits, name)), 0n);
  const limit = (name: string) => all.reduce((sum, r) => sum + amount(r.limits, name), 0n);
  const full = all.every((r) => COUNTED.every((name) => amount(r.limits, name) > 0n));
  return full && COUNTED.every((name) => total(name) === limit(name)) ? 'Guaranteed' : 'Burstable';
}

/** Only cpu and memory count; a pod's own resources replace those of its containers. */
export function qosClass(pod: Pod): QosClass {
  if (pod.spec.resources) return classOf([pod.spec.resources]);
  return classOf([...pod.spec.containers, ...initContainers(pod)].map((c) => c.resources ?? {}));
}
