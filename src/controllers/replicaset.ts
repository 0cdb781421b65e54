/** ReplicaSet: as many pods as asked. */
import { removeCondition, setCondition } from '../api/conditions.ts';
import { sameJson } from '../api/json.ts';
import { generateName } from '../api/name.ts';
import type { Pod, PodTemplateSpec, ReplicaSet } from '../api/objects.ts';
import { timeText } from '../api/time.ts';
import { type Change, plain, refOf, remove, tell } from './change.ts';
import { claim, controllerRef } from './ownership.ts';
import { availableAt, deletionOrder, isActive, isAvailable, isFinished, isReady, isTerminating } from './pod-rank.ts';

export interface ReplicaSetView {
  /** All pods of its namespace. */
  pods: readonly Pod[];
  /** Like Math.random: for the names of pods. */
  random: () => number;
  /** Why the last pod could not be made or deleted: becomes the condition ReplicaFailure. */
  failure?: { reason: 'FailedCreate' | 'FailedDelete'; message: string };
}

/** A Pod made from a template: labels, annotations and finalizers of the template, its spec, its maker as the owner. */
export const podFrom = (owner: ReplicaSet, template: PodTemplateSpec, name: string): Pod => {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      name,
      namespace: owner.metadata.namespace ?? '',
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerRef(owner)],
    },
    spec: structuredClone(template.spec ?? { containers: [] }),
  };
};

const create = (rs: ReplicaSet, count: number, view: ReplicaSetView): Change[] => {
  const names = new Set(view.pods.map((pod) => pod.metadata.name));
  const template = rs.spec.template ?? {};
  return Array.from({ length: count }).flatMap((): Change[] => {
    let name = generateName(`${rs.metadata.name}-`, view.random);
    while (names.has(name)) name = generateName(`${rs.metadata.name}-`, view.random);
    names.add(name);
    return [
      { do: 'create', object: plain(podFrom(rs, template, name)), why: `${rs.metadata.name} wants ${rs.spec.replicas ?? 1} pods` },
      tell(rs, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` }),
    ];
  });
};

const scale = (rs: ReplicaSet, active: readonly Pod[], view: ReplicaSetView, now: number): Change[] => {
  const surplus = active.length - (rs.spec.replicas ?? 1);
  if (surplus <= 0) return create(rs, -surplus, view);
  return deletionOrder(active, now)
    .slice(0, surplus)
    .flatMap((pod) => [
      remove(pod, `${rs.metadata.name} wants ${rs.spec.replicas ?? 1} pods, ${active.length} are there`),
      tell(rs, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` }),
    ]);
};

type Status = NonNullable<ReplicaSet['status']>;

/** As in Kubernetes, where only these two tell zero from unknown. */
const withoutZeros = (status: Status): Status =>
  Object.fromEntries(
    Object.entries(status).filter(([key, value]) => value !== 0 || /^(replicas|terminatingReplicas)$/.test(key)),
  ) as unknown as Status;

const statusOf = (rs: ReplicaSet, active: readonly Pod[], terminating: number, view: ReplicaSetView, now: number): Status => {
  const minReady = rs.spec.minReadySeconds ?? 0;
  const wanted = Object.entries(rs.spec.template?.metadata?.labels ?? {});
  const before = rs.status?.conditions;
  const failure = view.failure && { type: 'ReplicaFailure', status: 'True', ...view.failure };
  const conditions = failure ? setCondition(before, failure, timeText(new Date(now))) : removeCondition(before, 'ReplicaFailure');
  return withoutZeros({
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReady, now)).length,
    terminatingReplicas: terminating,
    observedGeneration: rs.metadata.generation ?? 0,
    ...(conditions.length > 0 ? { conditions } : {}),
  });
};

/** The next moment at which a ready pod becomes available by mere waiting. */
const nextAvailable = (rs: ReplicaSet, active: readonly Pod[], now: number): Change[] => {
  const moments = active.map((pod) => availableAt(pod, rs.spec.minReadySeconds ?? 0)).filter((at) => at !== undefined && at > now);
  if (moments.length === 0) return [];
  return [{ do: 'lookAgain', about: refOf(rs), at: Math.min(...(moments as number[])), why: 'minReadySeconds' }];
};

export const reconcileReplicaSet = (rs: ReplicaSet, view: ReplicaSetView, now: number): Change[] => {
  const { objects, changes } = claim(
    rs,
    rs.spec.selector,
    view.pods.filter((pod) => !isFinished(pod)),
  );
  const active = objects.filter(isActive);
  const status = statusOf(rs, active, objects.filter(isTerminating).length, view, now);
  const updated = sameJson(rs.status, status) ? [] : [statusChange(rs, status)];
  const scaled = rs.metadata.deletionTimestamp === undefined ? scale(rs, active, view, now) : [];
  return [...changes, ...scaled, ...updated, ...nextAvailable(rs, active, now)];
};

const statusChange = (rs: ReplicaSet, status: Status): Change => ({
  do: 'updateStatus',
  object: plain({ ...rs, status }),
  why: `${status.replicas} pods, ${status.readyReplicas ?? 0} ready`,
});
