/** How lists and maps of each kind merge: Kubernetes's patch strategies. What is not listed: maps merge, lists are replaced as a whole. */
import { groupOf } from '../resource.ts';

export interface MergeField {
  /** `merge`: by `key`, or as a set of scalars without one. `replace` (of a map): as a whole. */
  readonly strategy?: 'merge' | 'replace';
  readonly key?: string;
  /** Fields of the live value that the file does not name are dropped when something changes: unions. */
  readonly retainKeys?: boolean;
  /** Of the map, or of the list's elements. */
  readonly of?: MergeType;
}
export type MergeType = Readonly<Record<string, MergeField>>;

const by = (key: string, of?: MergeType): MergeField => ({ strategy: 'merge', key, ...(of ? { of } : {}) });
const conditions: MergeField = { of: { conditions: by('type') } };

const meta: MergeField = { of: { ownerReferences: by('uid'), finalizers: { strategy: 'merge' } } };

const container: MergeType = {
  ports: by('containerPort'),
  env: by('name'),
  volumeMounts: by('mountPath'),
  volumeDevices: by('devicePath'),
};

const podSpec: MergeField = {
  of: {
    volumes: { ...by('name'), retainKeys: true },
    containers: by('name', container),
    initContainers: by('name', container),
    ephemeralContainers: by('name', container),
    imagePullSecrets: by('name'),
    hostAliases: by('ip'),
    topologySpreadConstraints: by('topologyKey'),
    resourceClaims: { ...by('name'), retainKeys: true },
    schedulingGates: by('name'),
  },
};
const template: MergeField = { of: { metadata: meta, spec: podSpec } };
const workload: MergeType = { metadata: meta, spec: { of: { template } }, status: conditions };
const plain: MergeType = { metadata: meta, status: conditions };
const job: MergeField = { of: { template } };

/** By group and kind. */
const TYPES: Readonly<Record<string, MergeType>> = {
  '/Pod': { metadata: meta, spec: podSpec, status: { of: { conditions: by('type'), podIPs: by('ip'), hostIPs: { strategy: 'replace' } } } },
  '/PodTemplate': { metadata: meta, template },
  '/ReplicationController': workload,
  '/ConfigMap': plain,
  '/Secret': plain,
  '/Namespace': plain,
  '/Event': plain,
  '/Endpoints': plain,
  '/LimitRange': plain,
  '/ResourceQuota': plain,
  '/PersistentVolume': plain,
  '/PersistentVolumeClaim': plain,
  '/Service': { metadata: meta, spec: { of: { ports: by('port') } }, status: conditions },
  '/ServiceAccount': { metadata: meta, secrets: by('name') },
  'apps/Deployment': { metadata: meta, spec: { of: { template, strategy: { retainKeys: true } } }, status: conditions },
  'apps/ReplicaSet': workload,
  'apps/StatefulSet': workload,
  'apps/DaemonSet': workload,
  'apps/ControllerRevision': plain,
  'batch/Job': { metadata: meta, spec: job, status: conditions },
  'batch/CronJob': { metadata: meta, spec: { of: { jobTemplate: { of: { metadata: meta, spec: job } } } } },
  'autoscaling/HorizontalPodAutoscaler': plain,
  'networking.k8s.io/Ingress': plain,
  'networking.k8s.io/IngressClass': plain,
  'networking.k8s.io/NetworkPolicy': plain,
  'discovery.k8s.io/EndpointSlice': plain,
  'policy/PodDisruptionBudget': { metadata: meta, spec: { of: { selector: { strategy: 'replace' } } }, status: conditions },
  'scheduling.k8s.io/PriorityClass': plain,
  'storage.k8s.io/StorageClass': plain,
};

/** undefined: not a Kubernetes type; only a JSON merge patch fits it. */
export const mergeTypeOf = (apiVersion: string, kind: string): MergeType | undefined => TYPES[`${groupOf(apiVersion)}/${kind}`];
