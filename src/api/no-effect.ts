/** What is valid and harmless, but changes nothing on one machine. */
import { applyRules, type FieldRule } from './field-rule.ts';
import { isObject } from './json.ts';
import type { KubeObject } from './objects.ts';
import { CONTEXTS, podSpecIn } from './pod-spec.ts';

export interface Notice {
  field: string;
  message: string;
}

const ANY = '{containers,initContainers}[*]';
const SCHEDULING = 'there is one machine: all pods run on it';

const NO_ACCOUNTS = 'there are no service accounts here';

const isOnDisk = (emptyDir: unknown): boolean => isObject(emptyDir) && emptyDir['medium'] !== 'Memory';

const POD: readonly FieldRule[] = [
  { field: '{affinity,nodeSelector,tolerations,topologySpreadConstraints,nodeName}', message: SCHEDULING },
  { field: 'schedulerName', when: (v) => v !== 'default-scheduler', message: SCHEDULING },
  { field: '{priorityClassName,priority,preemptionPolicy}', message: 'no pod is pushed out for another one' },
  {
    field: 'imagePullSecrets',
    message: 'images are pulled with your own log-ins (~/.config/containers/auth.json, or the file that REGISTRY_AUTH_FILE names)',
  },
  { field: `${CONTEXTS}.seLinuxOptions`, message: 'SELinux labels are not set' },
  { field: `${CONTEXTS}.windowsOptions`, message: 'this machine runs Linux' },
  {
    field: `${CONTEXTS}.appArmorProfile.type`,
    when: (v) => v === 'RuntimeDefault',
    message: 'AppArmor profiles cannot be loaded without privileges',
  },
  {
    field: `${ANY}.resources.{limits,requests}`,
    when: (v) => isObject(v) && Object.keys(v).length > 0,
    message: 'not enforced yet: containers are not put into cgroups',
  },
  { field: 'volumes[*].emptyDir.sizeLimit', when: (_v, _name, _spec, dir) => isOnDisk(dir), message: 'not limited on disk' },
  { field: 'automountServiceAccountToken', message: NO_ACCOUNTS },
  { field: '{serviceAccountName,serviceAccount}', when: (v) => v !== 'default', message: NO_ACCOUNTS },
  { field: `${ANY}.resizePolicy`, message: 'resources are not changed while a container runs' },
];

const CLAIM: readonly FieldRule[] = [
  { field: 'spec.{storageClassName,volumeAttributesClassName}', message: 'claims are directories on this machine' },
  { field: 'spec.resources.{requests,limits}.storage', message: 'the size of a claim is not limited' },
];

const SERVICE: readonly FieldRule[] = [
  { field: 'spec', message: 'stored, but not routed yet: pods are reached by their own names and addresses' },
  { field: 'spec.{externalTrafficPolicy,internalTrafficPolicy,trafficDistribution}', when: (v) => v !== 'Cluster', message: SCHEDULING },
  { field: 'spec.{loadBalancerClass,loadBalancerIP,healthCheckNodePort}', message: 'there is no load balancer here' },
];

const OBJECTS: Readonly<Record<string, readonly FieldRule[]>> = { 'v1 PersistentVolumeClaim': CLAIM, 'v1 Service': SERVICE };

/** As written: defaults do not count. Printed once for each message. */
export const noEffect = (object: KubeObject): Notice[] => {
  const pod = podSpecIn(object);
  return [...(pod ? applyRules(POD, pod.spec, pod.path) : []), ...applyRules(OBJECTS[`${object.apiVersion} ${object.kind}`] ?? [], object)];
};
