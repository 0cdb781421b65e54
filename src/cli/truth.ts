/** Is what the store says of running containers still so? Pure: looking at processes is an argument. */
import type { ContainerRecord, ProcessRef, SandboxRecord } from '../kubelet/record.ts';

/** Kinds whose objects tell of containers. */
export const TELLS_OF_CONTAINERS: ReadonlySet<string> = new Set(['Pod', 'Deployment', 'ReplicaSet', 'Event']);

/** Something that should run is gone and nobody has noted it yet: a container, its conmon, or the infra of its pod. */
export function somethingDied(
  containers: readonly ContainerRecord[],
  sandboxes: readonly SandboxRecord[],
  alive: (process: ProcessRef) => boolean,
): boolean {
  const gone = (process: ProcessRef | undefined) => process !== undefined && !alive(process);
  const running = containers.filter((container) => container.state === 'running');
  const used = new Set(running.map((container) => container.sandboxId));
  return (
    running.some((container) => gone(container.process) || gone(container.conmon)) ||
    sandboxes.some((sandbox) => sandbox.state === 'ready' && used.has(sandbox.id) && gone(sandbox.infra))
  );
}
