/** Defaults of pods and pod templates, and what admission adds to a pod. */
import { flagAt, recordAt, recordsAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { defaultContainer } from './container.ts';
import { requestLimits, roundAmounts, roundResources } from './resources.ts';
import { ensureRecord, setDefault } from './set.ts';
import { defaultVolume } from './volume.ts';

const CONTAINERS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

const mirrorServiceAccount = (spec: JsonObject): void => {
  const name = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount');
  if (name === '') return;
  spec['serviceAccountName'] = name;
  spec['serviceAccount'] = name;
};

/** Of a PodSpec wherever it stands. */
export const defaultPodSpec = (spec: JsonObject): void => {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'schedulerName', 'default-scheduler');
  ensureRecord(spec, 'securityContext');
  mirrorServiceAccount(spec);
  for (const volume of recordsAt(spec, 'volumes')) defaultVolume(volume);
  for (const list of CONTAINERS) for (const container of recordsAt(spec, list)) defaultContainer(container, flagAt(spec, 'hostNetwork'));
  roundAmounts(recordAt(spec, 'overhead'));
  const resources = recordAt(spec, 'resources');
  if (resources) roundResources(resources);
};

/** Names that may be requested for a whole pod. */
const isPodLevel = (name: string) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** Only Pods, not templates: a later change of the template's limits must not leave old requests behind. */
const defaultRequests = (spec: JsonObject): void => {
  for (const list of ['initContainers', 'containers'] as const)
    for (const container of recordsAt(spec, list)) requestLimits(ensureRecord(container, 'resources'));
  const resources = recordAt(spec, 'resources');
  if (resources) requestLimits(resources, isPodLevel);
};

const PRIORITIES: Readonly<Record<string, number>> = { 'system-node-critical': 2_000_001_000, 'system-cluster-critical': 2_000_000_000 };

const tolerates = (spec: JsonObject, key: string): boolean =>
  recordsAt(spec, 'tolerations').some((t) => {
    const effect = textAt(t, 'effect');
    return (textAt(t, 'key') === key || textAt(t, 'key') === '') && (effect === '' || effect === 'NoExecute');
  });

const tolerateLostNodes = (spec: JsonObject): void => {
  for (const condition of ['not-ready', 'unreachable']) {
    const key = `node.kubernetes.io/${condition}`;
    if (tolerates(spec, key)) continue;
    const before = Array.isArray(spec['tolerations']) ? spec['tolerations'] : [];
    spec['tolerations'] = [...before, { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }];
  }
};

const admitPod = (spec: JsonObject): void => {
  setDefault(spec, 'serviceAccountName', 'default');
  mirrorServiceAccount(spec);
  setDefault(spec, 'priority', PRIORITIES[textAt(spec, 'priorityClassName')] ?? 0);
  setDefault(spec, 'preemptionPolicy', 'PreemptLowerPriority');
  tolerateLostNodes(spec);
};

/** A Pod's spec: defaults, and what the default admission plugins add. */
export const defaultPod = (spec: JsonObject): void => {
  defaultPodSpec(spec);
  setDefault(spec, 'enableServiceLinks', true);
  defaultRequests(spec);
  admitPod(spec);
};
