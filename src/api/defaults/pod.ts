/** Defaults of pods and pod templates, and what admission adds to a pod. */
import { flagAt, has, recordAt, recordsAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { podRequests } from '../pod-requests.ts';
import { defaultContainer } from './container.ts';
import { mergeLabelKeys } from './label-keys.ts';
import { profilesFromAnnotations } from './profiles.ts';
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

/** Fields behind gates that are off: the server drops them. */
const dropGated = (spec: JsonObject): void => {
  delete spec['schedulingGroup'];
  for (const list of CONTAINERS)
    for (const container of recordsAt(spec, list)) {
      const lifecycle = recordAt(container, 'lifecycle');
      if (!lifecycle || !has(lifecycle, 'stopSignal')) continue;
      delete lifecycle['stopSignal'];
      if (Object.keys(lifecycle).length === 0) delete container['lifecycle'];
    }
};

/** Of a PodSpec wherever it stands; host ports of templates are filled in when they become pods. */
export const defaultPodSpec = (spec: JsonObject, isPod = false): void => {
  dropGated(spec);
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'schedulerName', 'default-scheduler');
  ensureRecord(spec, 'securityContext');
  mirrorServiceAccount(spec);
  for (const volume of recordsAt(spec, 'volumes')) defaultVolume(volume);
  for (const list of CONTAINERS)
    for (const container of recordsAt(spec, list)) defaultContainer(container, isPod && flagAt(spec, 'hostNetwork'));
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
  if (resources) defaultPodRequests(spec, resources);
};

/** What the containers request together, else what is limited. */
const defaultPodRequests = (spec: JsonObject, resources: JsonObject): void => {
  const sums = Object.entries(podRequests(spec)).filter(([name]) => name === 'cpu' || name === 'memory');
  if (sums.length > 0) resources['requests'] = { ...Object.fromEntries(sums), ...recordAt(resources, 'requests') };
  requestLimits(resources, isPodLevel);
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

/** A Pod: defaults, what old annotations say, and what the default admission plugins add. */
export const defaultPod = (pod: KubeObject): void => {
  const spec = ensureRecord(pod, 'spec');
  defaultPodSpec(spec, true);
  setDefault(spec, 'enableServiceLinks', true);
  defaultRequests(spec);
  profilesFromAnnotations(spec, pod.metadata.annotations ?? {});
  mergeLabelKeys(spec, pod.metadata.labels ?? {});
  admitPod(spec);
};
