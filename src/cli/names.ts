/** Which pod and container a word means: a Pod's name, podman's POD-CONTAINER, or the first letters of a container's id. Pure. */
import { PodsteadError } from '../api/errors.ts';
import type { ContainerStatus, Pod } from '../api/objects.ts';

export interface Named {
  readonly pod: Pod;
  /** Absent: the word named the pod. */
  readonly container?: string;
}

export const containersOf = (pod: Pod) => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
export const statusesOf = (pod: Pod): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

export const containerId = (status: ContainerStatus | undefined): string => (status?.containerID ?? '').replace(/^.*:\/\//, '');

/** Throws NOT_FOUND, and AMBIGUOUS with everything that the word fits. */
export function resolveName(word: string, pods: readonly Pod[], namespace: string): Named {
  const byName = pods.flatMap((pod): Named[] => [
    ...(pod.metadata.name === word ? [{ pod }] : []),
    ...containersOf(pod).flatMap(({ name }) => (`${pod.metadata.name}-${name}` === word ? [{ pod, container: name }] : [])),
  ]);
  const found = byName.length > 0 ? byName : byId(word, pods);
  const [first] = found;
  if (first && found.length === 1) return first;
  if (first) {
    throw new PodsteadError('AMBIGUOUS', `${JSON.stringify(word)} fits ${found.map(describe).join(' and ')}`, {
      remedy: 'say pod/NAME, and -c CONTAINER',
    });
  }
  throw new PodsteadError('NOT_FOUND', `there is no pod or container ${JSON.stringify(word)} in namespace ${namespace}`, {
    remedy: 'podstead ps -aA lists them all',
  });
}

const byId = (word: string, pods: readonly Pod[]): Named[] => {
  if (!/^[0-9a-f-]{3,}$/.test(word)) return [];
  return pods.flatMap((pod): Named[] => [
    ...((pod.metadata.uid ?? '').startsWith(word) ? [{ pod }] : []),
    ...statusesOf(pod).flatMap((status) => (containerId(status).startsWith(word) ? [{ pod, container: status.name }] : [])),
  ]);
};

const describe = ({ pod, container }: Named): string =>
  container === undefined ? `pod/${pod.metadata.name}` : `container ${container} of pod/${pod.metadata.name}`;

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** The container that is meant when none is named: by annotation, else the first. `isDefault`: nobody has chosen it. */
export function chooseContainer(pod: Pod, wanted: string | undefined): { name: string; isDefault: boolean } {
  const all = containersOf(pod).map((container) => container.name);
  if (wanted !== undefined) {
    // podman's users name it POD-CONTAINER here as well
    const name = [wanted, wanted.replace(`${pod.metadata.name}-`, '')].find((candidate) => all.includes(candidate));
    if (name !== undefined) return { name, isDefault: false };
    throw new PodsteadError('NOT_FOUND', `pod/${pod.metadata.name} has no container ${JSON.stringify(wanted)}`, {
      remedy: `it has ${all.join(', ')}`,
    });
  }
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (annotated !== undefined && all.includes(annotated)) return { name: annotated, isDefault: false };
  return { name: pod.spec.containers[0]?.name ?? '', isDefault: pod.spec.containers.length > 1 };
}

/** Of several pods of a workload the one to look into: ready ones first, then running ones, then the newest. */
export function pickPod(pods: readonly Pod[]): Pod | undefined {
  const rank = (pod: Pod): number => {
    if (pod.metadata.deletionTimestamp !== undefined) return 3;
    if (pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')) return 0;
    return pod.status?.phase === 'Running' ? 1 : 2;
  };
  const age = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
  return pods.toSorted((a, b) => rank(a) - rank(b) || age(b) - age(a))[0];
}
