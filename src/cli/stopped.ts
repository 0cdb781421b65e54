/** Objects as they are when the machine was restarted (or `system down` was called) and nothing was brought back yet. Pure. */
import type { ContainerStatus, Deployment, Pod, ReplicaSet, Stored } from '../api/objects.ts';

export const STOPPED_NOTICE = 'nothing runs: the machine was restarted, or everything was stopped (podstead resume starts it again)';

/** Why such a container waits. */
export const STOPPED = 'Stopped';
const MESSAGE = 'Stopped with the machine or by system down; podstead resume starts it again';

/** The object with a status that says so. What had ended before stays as it was. */
export function asStopped(object: Stored): Stored {
  switch (object.kind) {
    case 'Pod':
      return stoppedPod(object as unknown as Pod & Stored);
    case 'Deployment':
    case 'ReplicaSet': {
      const {
        readyReplicas: _,
        availableReplicas: __,
        ...status
      } = (object as unknown as Deployment | ReplicaSet).status ?? { replicas: 0 };
      return { ...object, status };
    }
    default:
      return object;
  }
}

function stoppedPod(pod: Pod & Stored): Stored {
  const { status } = pod;
  if (!status || status.phase === 'Succeeded' || status.phase === 'Failed') return pod;
  const conditions = (status.conditions ?? []).map((c) =>
    c.type === 'Ready' || c.type === 'ContainersReady' ? { ...c, status: 'False', reason: STOPPED, message: MESSAGE } : c,
  );
  const stop = (list: readonly ContainerStatus[] | undefined) => list?.map(stoppedContainer);
  return {
    ...pod,
    status: {
      ...status,
      conditions,
      ...(status.initContainerStatuses ? { initContainerStatuses: stop(status.initContainerStatuses) } : {}),
      ...(status.containerStatuses ? { containerStatuses: stop(status.containerStatuses) } : {}),
    },
  };
}

function stoppedContainer(status: ContainerStatus): ContainerStatus {
  const { terminated } = status.state ?? {};
  if (terminated) return { ...status, ready: false, started: false };
  return { ...status, ready: false, started: false, state: { waiting: { reason: STOPPED, message: MESSAGE } } };
}
