/** What the kubelet asks of a pod's spec. Pure. */
import type { Container, Pod, StoredMeta } from '../api/objects.ts';

export type StoredPod = Pod & { metadata: StoredMeta };

/** Kubernetes's own default, for a spec that came undefaulted. */
const DEFAULT_GRACE_SECONDS = 30;

export const initContainers = (pod: Pod): readonly Container[] => pod.spec.initContainers ?? [];

/** An init container that keeps running beside the app containers. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

export const isDeleted = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

export const podPolicy = (pod: Pod): string => pod.spec.restartPolicy ?? 'Always';

/** Seconds that a container gets to end: a deletion's own, else the spec's. */
export const gracePeriod = (pod: Pod): number =>
  pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;

/** The container of the spec with this name, init containers included. */
export const findContainer = (pod: Pod, name: string): Container | undefined =>
  pod.spec.containers.find((c) => c.name === name) ?? initContainers(pod).find((c) => c.name === name);

/** `web_default(4f0c…)`, as kubelet messages name a pod. */
export const podLabel = (pod: StoredPod): string => `${pod.metadata.name}_${pod.metadata.namespace ?? 'default'}(${pod.metadata.uid})`;

/**
 * Hash of what may change in a container of a living pod: its name and image, as Kubernetes does it since 1.31. All other fields
 * are immutable, and a default that a later version adds must not restart what runs. FNV-1a, 32 bits, 8 hex digits.
 */
export function specHash(container: Container): string {
  const text = JSON.stringify([container.name, container.image ?? '']);
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
