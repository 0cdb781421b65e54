/**
 * What Kubernetes accepts and this version does not run: refused, never ignored. To support a field, remove its line.
 * What one machine has no use for is in no-effect.ts.
 */
import type { Fault } from './fault.ts';
import { applyRules, type FieldRule } from './field-rule.ts';
import { isObject } from './json.ts';
import type { KubeObject } from './objects.ts';
import { CONTEXTS, podSpecIn } from './pod-spec.ts';

export { noEffect } from './no-effect.ts';

const ANY = '{containers,initContainers,ephemeralContainers}[*]';
const VOLUMES = new Set(['name', 'emptyDir', 'hostPath', 'configMap', 'secret', 'persistentVolumeClaim', 'downwardAPI', 'projected']);
const BASIC_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

const isNot =
  (...fine: unknown[]) =>
  (value: unknown): boolean =>
    !fine.includes(value);

const POD: readonly FieldRule[] = [
  { field: 'ephemeralContainers', message: 'debug containers are not run yet' },
  {
    field: `${ANY}.lifecycle.{postStart,preStop}.tcpSocket`,
    message: 'Kubernetes accepts this hook but never runs it: use exec, httpGet or sleep',
  },
  {
    field: `${ANY}.lifecycle.stopSignal`,
    message: 'Kubernetes drops this field (ContainerStopSignals is off): set STOPSIGNAL in the image',
  },
  { field: 'volumes[*].*', when: (_value, name) => !VOLUMES.has(name), message: '{} volumes are not run yet' },
  {
    field: 'volumes[*].projected.sources[*].{serviceAccountToken,clusterTrustBundle,podCertificate}',
    message: 'there are no service accounts here',
  },
  { field: 'volumes[*].emptyDir.medium', when: isNot('Memory'), message: 'only Memory is run' },
  { field: `${ANY}.volumeMounts[*].mountPropagation`, when: isNot('None'), message: 'mounts are not propagated yet' },
  { field: `${ANY}.volumeMounts[*].recursiveReadOnly`, when: isNot('Disabled', 'IfPossible'), message: 'not honoured yet' },
  {
    field: `${ANY}.restartPolicyRules[*].action`,
    when: (v) => v === 'RestartAllContainers',
    message: 'only Restart is run: containers are restarted one by one',
  },
  { field: `${ANY}.stdinOnce`, message: 'not honoured yet: use stdin, which stays open' },
  { field: `${ANY}.volumeDevices`, message: 'block devices are not run' },
  { field: `${ANY}.env[*].valueFrom.fileKeyRef`, message: 'not run yet' },
  {
    field: `${ANY}.ports[*]`,
    when: (port, _name, spec) =>
      spec['hostNetwork'] !== true &&
      isObject(port) &&
      Boolean(port['hostPort']) &&
      !['TCP', undefined].includes(port['protocol'] as string),
    message: 'host ports are published for TCP only',
  },
  {
    field: `${ANY}.resources.{limits,requests}.*`,
    when: (_value, name) => !BASIC_RESOURCES.has(name),
    message: 'there is no {} on this machine',
  },
  { field: `${ANY}.resources.claims`, message: 'resource claims are not run' },
  { field: 'resourceClaims', message: 'resource claims are not run' },
  { field: '{hostPID,hostIPC}', message: 'pods cannot join this namespace of the host: podstead has no privileges there' },
  {
    field: 'hostUsers',
    denied: true,
    message: 'every pod already runs in a user namespace of yours; one of its own is not made yet',
  },
  { field: `${ANY}.securityContext.procMount`, when: isNot('Default'), message: 'only Default is run' },
  { field: `${CONTEXTS}.seccompProfile.type`, when: (v) => v === 'Localhost', message: 'profiles of the machine are not loaded yet' },
  {
    field: `${CONTEXTS}.appArmorProfile.type`,
    when: (v) => v === 'Localhost',
    message: 'AppArmor profiles cannot be loaded without privileges',
  },
  { field: 'runtimeClassName', message: 'there are no runtime classes here' },
  { field: 'schedulingGates', message: 'nothing here would open the gate' },
  { field: 'schedulingGroup', message: 'Kubernetes drops this field (its gate is off)' },
  { field: 'hostnameOverride', message: 'not honoured yet: use hostname' },
  { field: 'os.name', when: (v) => v === 'windows', message: 'this machine runs Linux' },
];

const CLAIM: readonly FieldRule[] = [
  { field: 'spec.{dataSource,dataSourceRef}', message: 'claims begin empty here' },
  { field: 'spec.volumeName', message: 'there are no PersistentVolume objects here' },
  { field: 'spec.selector', message: 'there are no PersistentVolume objects here' },
  { field: 'spec.volumeMode', when: (v) => v === 'Block', message: 'block devices are not run' },
];

const SERVICE: readonly FieldRule[] = [
  { field: 'spec.externalIPs', message: 'not run yet' },
  { field: 'spec.loadBalancerSourceRanges', message: 'not enforced yet' },
];

const SECRET: readonly FieldRule[] = [
  { field: 'type', when: (v) => v === 'kubernetes.io/service-account-token', message: 'no tokens are issued here' },
];

const OBJECTS: Readonly<Record<string, readonly FieldRule[]>> = {
  'v1 PersistentVolumeClaim': CLAIM,
  'v1 Service': SERVICE,
  'v1 Secret': SECRET,
};

/** As written: defaults do not count. */
export const unsupportedFields = (object: KubeObject): Fault[] => {
  const pod = podSpecIn(object);
  const found = [
    ...(pod ? applyRules(POD, pod.spec, pod.path) : []),
    ...applyRules(OBJECTS[`${object.apiVersion} ${object.kind}`] ?? [], object),
  ];
  return found.map(({ field, message }) => ({ reason: 'UnsupportedField', field, message }));
};
