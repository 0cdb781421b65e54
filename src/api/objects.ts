/**
 * The Kubernetes vocabulary as it travels: JSON, so times are strings (RFC 3339, UTC, whole seconds).
 * The shapes come from the official client's types; only types are imported, no code.
 */
import type * as k8s from '@kubernetes/client-node';

/** A client type as JSON: Date becomes string, at every depth. */
export type Wire<T> = T extends Date ? string : T extends (infer U)[] ? Wire<U>[] : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;

export type ObjectMeta = Wire<k8s.V1ObjectMeta>;
export type OwnerReference = Wire<k8s.V1OwnerReference>;
export type Condition = Wire<k8s.V1Condition>;
export type LabelSelector = Wire<k8s.V1LabelSelector>;

/** Any object: what every kind has. Namespaced kinds always carry metadata.namespace once stored. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** A stored object: the store has filled in these. */
export interface StoredMeta extends ObjectMeta {
  name: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
}
export interface Stored extends KubeObject {
  metadata: StoredMeta;
}

/** One kind: its apiVersion, kind and fields, with metadata.name known to be there. */
type Kind<V extends string, K extends string, T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & {
  apiVersion: V;
  kind: K;
  metadata: ObjectMeta & { name: string };
};

export type Pod = Kind<'v1', 'Pod', k8s.V1Pod> & { spec: PodSpec };
export type PodSpec = Wire<k8s.V1PodSpec>;
export type PodStatus = Wire<k8s.V1PodStatus>;
export type PodTemplateSpec = Wire<k8s.V1PodTemplateSpec>;
export type PodCondition = Wire<k8s.V1PodCondition>;
export type Container = Wire<k8s.V1Container>;
export type ContainerPort = Wire<k8s.V1ContainerPort>;
export type ContainerStatus = Wire<k8s.V1ContainerStatus>;
export type ContainerState = Wire<k8s.V1ContainerState>;
export type EnvVar = Wire<k8s.V1EnvVar>;
export type Probe = Wire<k8s.V1Probe>;
export type LifecycleHandler = Wire<k8s.V1LifecycleHandler>;
export type Volume = Wire<k8s.V1Volume>;
export type VolumeMount = Wire<k8s.V1VolumeMount>;
export type SecurityContext = Wire<k8s.V1SecurityContext>;
export type PodSecurityContext = Wire<k8s.V1PodSecurityContext>;

export type Namespace = Kind<'v1', 'Namespace', k8s.V1Namespace>;
export type ConfigMap = Kind<'v1', 'ConfigMap', k8s.V1ConfigMap>;
export type Secret = Kind<'v1', 'Secret', k8s.V1Secret>;
export type PersistentVolumeClaim = Kind<'v1', 'PersistentVolumeClaim', k8s.V1PersistentVolumeClaim>;
export type Service = Kind<'v1', 'Service', k8s.V1Service>;
export type CoreEvent = Kind<'v1', 'Event', k8s.CoreV1Event>;
export type Deployment = Kind<'apps/v1', 'Deployment', k8s.V1Deployment> & { spec: Wire<k8s.V1DeploymentSpec> };
export type ReplicaSet = Kind<'apps/v1', 'ReplicaSet', k8s.V1ReplicaSet> & { spec: Wire<k8s.V1ReplicaSetSpec> };

/** A failed call as the Kubernetes API answers it. */
export type ApiStatus = Wire<k8s.V1Status>;

/** A Play: one `play kube` or `kube down`, executed by the engine to its end or its undo. Cluster-scoped. */
export interface Play {
  apiVersion: 'podstead.dev/v1';
  kind: 'Play';
  metadata: ObjectMeta & { name: string };
  spec: PlaySpec;
  status?: PlayStatus;
}
export interface PlaySpec {
  mode: 'play' | 'down';
  /** As the file has them (no defaults, so that they can be merged), namespace filled in, in apply order. `down` needs only their names. */
  objects: KubeObject[];
  /** `--replace`: end the pods of these objects first and make them anew. */
  replace?: boolean;
  /** `--start=false`: store the objects, hold the pods of those that are new. */
  start?: boolean;
  /** `down --force`: remove PVC objects and their data as well. */
  force?: boolean;
  /** 300 if absent. */
  timeoutSeconds?: number;
  /** Ids of images that were built for it (`--build`): they satisfy every pull policy. */
  built?: readonly string[];
  /** Set by the CLI on SIGINT and SIGTERM: undo. A `down` that has begun is finished all the same. */
  cancel?: boolean;
}
export interface PlayStatus {
  phase: 'Queued' | 'Running' | 'Undoing' | 'Succeeded' | 'Failed' | 'Undone';
  /** Per object, in order; objects that were not there have none. */
  results: PlayResult[];
  /** Pods being waited for, with their progress, newest state. */
  pods: { namespace: string; name: string; state: 'Pending' | 'Started' | 'Failed'; detail?: string }[];
  /** Why it failed; text for the user. */
  message?: string;
  /** With microseconds, like the other times here. */
  startedAt?: string;
  finishedAt?: string;
  /** What is wrong with the objects; nothing was touched. */
  faults?: PlayFault[];
  /** Oldest first; empty again at the end. */
  undo: PlayUndo[];
  /** The objects are stored. */
  applied?: boolean;
  /** Deleted by this play, and to be gone before it goes on. */
  ending?: PlayEnding[];
  endingSince?: string;
  /** Uids of claims whose data is removed once they are gone. */
  claims?: string[];
  /** While undoing: how it will end if nothing fails. */
  end?: 'Failed' | 'Undone';
  /** What could not be deleted or undone so far; at the end it is part of the message. */
  failures?: string[];
}
export interface PlayResult {
  /** `deployment.apps/web` */
  object: string;
  namespace?: string;
  action: 'created' | 'configured' | 'unchanged' | 'deleted' | 'kept';
}
export interface PlayFault {
  /** Into `spec.objects`; absent when it is about none of them. */
  index?: number;
  /** `deployment/web` */
  object: string;
  /** Empty for the whole object. */
  field: string;
  message: string;
}
interface PlayNamed {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid: string;
}
export type PlayEnding = PlayNamed;
export type PlayUndo = PlayNamed & {
  /** `released`: nothing was changed but that its pods are no longer held. */
  did: 'created' | 'configured' | 'released' | 'deleted';
  /** Of all but created ones, without status and system fields. */
  before?: KubeObject;
  /** Its pods were held before. */
  held?: boolean;
};
