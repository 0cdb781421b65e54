/** The kinds of Kubernetes 1.36, by every name people use for them, and which of them run here. */
import type { KubeObject } from './objects.ts';
import type { Resource } from './status.ts';

export interface KindInfo {
  apiVersion: string;
  /** Empty for v1. */
  group: string;
  kind: string;
  /** `deployments` */
  plural: string;
  /** `deployment` */
  singular: string;
  shortNames: readonly string[];
  namespaced: boolean;
  /** This version of podstead runs it. */
  supported: boolean;
}

const SUPPORTED = new Set([
  'v1 Namespace',
  'v1 Pod',
  'v1 ConfigMap',
  'v1 Secret',
  'v1 PersistentVolumeClaim',
  'v1 Service',
  'v1 Event',
  'apps/v1 Deployment',
  'apps/v1 ReplicaSet',
  'podstead.dev/v1 Play',
]);

/** Per apiVersion: kinds, each `Kind[:short,short]`; a `*` before the kind: cluster-scoped. */
const KINDS: Readonly<Record<string, string>> = {
  v1: 'Binding *ComponentStatus:cs ConfigMap:cm Endpoints:ep Event:ev LimitRange:limits *Namespace:ns *Node:no *PersistentVolume:pv PersistentVolumeClaim:pvc Pod:po PodTemplate ReplicationController:rc ResourceQuota:quota Secret Service:svc ServiceAccount:sa',
  'apps/v1': 'ControllerRevision DaemonSet:ds Deployment:deploy ReplicaSet:rs StatefulSet:sts',
  'batch/v1': 'CronJob:cj Job',
  'autoscaling/v2': 'HorizontalPodAutoscaler:hpa',
  'autoscaling/v1': 'HorizontalPodAutoscaler:hpa Scale',
  'networking.k8s.io/v1': 'Ingress:ing *IngressClass NetworkPolicy:netpol *IPAddress:ip *ServiceCIDR',
  'policy/v1': 'PodDisruptionBudget:pdb Eviction',
  'rbac.authorization.k8s.io/v1': '*ClusterRole *ClusterRoleBinding Role RoleBinding',
  'storage.k8s.io/v1': '*CSIDriver *CSINode CSIStorageCapacity *StorageClass:sc *VolumeAttachment *VolumeAttributesClass:vac',
  'scheduling.k8s.io/v1': '*PriorityClass:pc',
  'node.k8s.io/v1': '*RuntimeClass',
  'coordination.k8s.io/v1': 'Lease',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event:ev',
  'admissionregistration.k8s.io/v1':
    '*MutatingAdmissionPolicy *MutatingAdmissionPolicyBinding *MutatingWebhookConfiguration *ValidatingAdmissionPolicy *ValidatingAdmissionPolicyBinding *ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/v1': '*CustomResourceDefinition:crd,crds',
  'apiregistration.k8s.io/v1': '*APIService',
  'authentication.k8s.io/v1': '*SelfSubjectReview *TokenReview',
  'authorization.k8s.io/v1': 'LocalSubjectAccessReview *SelfSubjectAccessReview *SelfSubjectRulesReview *SubjectAccessReview',
  'certificates.k8s.io/v1': '*CertificateSigningRequest:csr',
  'flowcontrol.apiserver.k8s.io/v1': '*FlowSchema *PriorityLevelConfiguration',
  'resource.k8s.io/v1': '*DeviceClass ResourceClaim ResourceClaimTemplate *ResourceSlice',
  'podstead.dev/v1': '*Play',
};

const pluralOf = (singular: string): string => {
  if (singular === 'endpoints') return singular;
  if (/(?:s|x|ch)$/.test(singular)) return `${singular}es`;
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
};

const readKind = (apiVersion: string, text: string): KindInfo => {
  const namespaced = !text.startsWith('*');
  const [kind = '', short] = (namespaced ? text : text.slice(1)).split(':');
  const singular = kind.toLowerCase();
  const slash = apiVersion.indexOf('/');
  return {
    apiVersion,
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    kind,
    plural: pluralOf(singular),
    singular,
    shortNames: short === undefined ? [] : short.split(','),
    namespaced,
    supported: SUPPORTED.has(`${apiVersion} ${kind}`),
  };
};

/** Every kind, those of v1 first: the order in which names are looked up. */
export const allKinds: readonly KindInfo[] = Object.entries(KINDS).flatMap(([apiVersion, kinds]) =>
  kinds.split(' ').map((text) => readKind(apiVersion, text)),
);

export const supportedKinds: readonly KindInfo[] = allKinds.filter((info) => info.supported);

const byApiVersion = new Map(allKinds.map((info) => [`${info.apiVersion} ${info.kind}`, info]));

export const kindOf = (apiVersion: string, kind: string): KindInfo | undefined => byApiVersion.get(`${apiVersion} ${kind}`);

const answersTo = (info: KindInfo, word: string): boolean =>
  word === info.plural || word === info.singular || info.shortNames.includes(word);

/** `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`; supported kinds win over others of the same name. */
export const kindByName = (name: string): KindInfo | undefined => {
  const lower = name.toLowerCase();
  const dot = lower.indexOf('.');
  const word = dot < 0 ? lower : lower.slice(0, dot);
  const rest = dot < 0 ? undefined : lower.slice(dot + 1);
  const fits = allKinds.filter((info) => {
    if (!answersTo(info, word)) return false;
    if (rest === undefined) return true;
    const version = info.apiVersion.slice(info.apiVersion.indexOf('/') + 1);
    return rest === info.group || rest === `${version}.${info.group}` || (info.group === '' && rest === version);
  });
  return fits.find((info) => info.supported) ?? fits[0];
};

/** By the plural of a REST path. */
export const kindByPlural = (apiVersion: string, plural: string): KindInfo | undefined =>
  allKinds.find((info) => info.apiVersion === apiVersion && info.plural === plural);

export const resourceOfKind = (info: KindInfo): Resource => ({ group: info.group, plural: info.plural, kind: info.kind });

/** `deployment.apps`, `pod` */
export const kindWord = (apiVersion: string, kind: string): string => {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind.toLowerCase() : `${kind.toLowerCase()}.${apiVersion.slice(0, slash)}`;
};

/** `deployment.apps/web`, `pod/p`; for an object still without a name its generateName. */
export const objectName = (
  object: Pick<KubeObject, 'apiVersion' | 'kind'> & { metadata?: { name?: string; generateName?: string } },
): string => `${kindWord(object.apiVersion, object.kind)}/${object.metadata?.name ?? object.metadata?.generateName ?? ''}`;

/** Kinds of other apiVersions with this name: for hints. */
export const apiVersionsOf = (kind: string): string[] => allKinds.filter((info) => info.kind === kind).map((info) => info.apiVersion);
