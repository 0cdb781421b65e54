/** The pods that a manifest will make. Pure. */
import type { Deployment, KubeObject, ObjectMeta, Pod, PodSpec, ReplicaSet } from '../api/objects.ts';

export interface Workload {
  object: KubeObject;
  /** Index of the object in the manifest. */
  index: number;
  /** `deployment/web`; namespace comes separately. */
  name: string;
  namespace: string;
  metadata: ObjectMeta;
  spec: PodSpec;
  /** Field path of the pod: empty, or `spec.template.`. */
  at: string;
  pods: number;
}

const podOf = (pod: Pod) => ({ metadata: pod.metadata, spec: pod.spec, at: '', pods: 1 });
const templateOf = ({ spec }: Deployment | ReplicaSet) => ({
  metadata: spec.template?.metadata ?? {},
  spec: spec.template?.spec ?? { containers: [] },
  at: 'spec.template.',
  pods: spec.replicas ?? 1,
});

const shapeOf = (object: KubeObject) => {
  if (object.apiVersion === 'v1' && object.kind === 'Pod') return podOf(object as unknown as Pod);
  if (object.apiVersion === 'apps/v1' && (object.kind === 'Deployment' || object.kind === 'ReplicaSet'))
    return templateOf(object as unknown as Deployment | ReplicaSet);
  return undefined;
};

export const workloadsOf = (objects: readonly KubeObject[]): Workload[] =>
  objects.flatMap((object, index) => {
    const shape = shapeOf(object);
    const { name, namespace = 'default' } = object.metadata;
    return shape ? [{ object, index, name: `${object.kind.toLowerCase()}/${name}`, namespace, ...shape }] : [];
  });

/** The object that a stored pod goes back to, by name: `Deployment web` for web-5d4f8-x7k2p. */
const makersOf = (pod: Pod, stored: readonly KubeObject[]): string[] => {
  const owner = pod.metadata.ownerReferences?.find((ref) => ref.controller);
  if (!owner) return [];
  const above = stored.find((object) => object.metadata.uid === owner.uid)?.metadata.ownerReferences?.find((ref) => ref.controller);
  return [`${owner.kind} ${owner.name}`, ...(above ? [`${above.kind} ${above.name}`] : [])];
};

const isLive = (pod: Pod): boolean => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';

/** Pods that are there and that the manifest does not speak of: it neither names them nor what made them. */
export const otherPods = (objects: readonly KubeObject[], stored: readonly KubeObject[]): Pod[] => {
  const key = (namespace: string | undefined, name: string) => `${namespace ?? 'default'}\n${name}`;
  const mine = new Set(objects.map((object) => key(object.metadata.namespace, `${object.kind} ${object.metadata.name}`)));
  const pods = stored.filter((object) => object.apiVersion === 'v1' && object.kind === 'Pod').map((object) => object as unknown as Pod);
  return pods.filter((pod) => {
    const names = [`Pod ${pod.metadata.name}`, ...makersOf(pod, stored)];
    return isLive(pod) && !names.some((name) => mine.has(key(pod.metadata.namespace, name)));
  });
};
