/** Which logs a `logs` command means: one for each container, of its present run or the one before. Pure. */
import { PodsteadError } from '../api/errors.ts';
import type { Pod } from '../api/objects.ts';
import type { ContainerRecord } from '../kubelet/record.ts';
import { chooseContainer, statusesOf } from './names.ts';

export interface LogSource {
  readonly pod: string;
  readonly container: string;
  readonly record: ContainerRecord;
}

export interface LogWish {
  readonly container: string | undefined;
  readonly all: boolean;
  readonly previous: boolean;
}

/** The containers that are meant, with what to tell the user about the choice. Throws NOT_FOUND. */
export function wantedContainers(pod: Pod, wish: Pick<LogWish, 'container' | 'all'>): { names: string[]; note?: string } {
  if (wish.all) return { names: [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => container.name) };
  const { name, isDefault } = chooseContainer(pod, wish.container);
  if (!isDefault) return { names: [name] };
  const all = pod.spec.containers.map((container) => container.name).join(', ');
  return { names: [name], note: `Defaulted container ${JSON.stringify(name)} out of: ${all}` };
}

/** Throws NOT_FOUND when there is no such run of the container. */
export function logSource(pod: Pod, container: string, records: readonly ContainerRecord[], previous: boolean): LogSource {
  const runs = records
    .filter((record) => record.podUid === pod.metadata.uid && record.name === container && record.state !== 'creating')
    .toSorted((a, b) => b.attempt - a.attempt);
  const record = runs[previous ? 1 : 0];
  if (record) return { pod: pod.metadata.name, container, record };
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod.metadata.name)}`;
  if (previous) throw new PodsteadError('NOT_FOUND', `previous terminated ${where} not found`);
  const waiting = statusesOf(pod).find((status) => status.name === container)?.state?.waiting;
  const why = waiting?.reason ?? 'ContainerCreating';
  throw new PodsteadError('NOT_FOUND', `${where} is waiting to start: ${why}${waiting?.message ? `: ${waiting.message}` : ''}`);
}
