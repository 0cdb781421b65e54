/** Pods and pod templates. */
import { has, itemsAt, numberAt, recordAt, recordsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkSubdomain } from '../name.ts';
import { checkAffinity } from './affinity.ts';
import { checkContainers } from './container.ts';
import { checkAnnotations, checkLabels } from './meta.ts';
import { checkDns, checkHostAliases, checkHostNetwork, checkHostnames } from './pod-network.ts';
import { checkPodResources } from './pod-resources.ts';
import { checkProfileAnnotations } from './profile-annotations.ts';
import type { Report } from './report.ts';
import { checkOverhead } from './resources.ts';
import { checkGates, checkResourceClaims, checkSpread, checkTolerations } from './scheduling.ts';
import { checkPodSecurity } from './security.ts';
import { checkVolumes } from './volume.ts';
import { checkHostProcess, checkOs } from './windows.ts';

export const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const MAX_INT32 = 2 ** 31 - 1;

const checkScalars = (spec: JsonObject, path: string, report: Report): void => {
  report.oneOf(`${path}.restartPolicy`, spec['restartPolicy'], RESTART_POLICIES);
  const deadline = numberAt(spec, 'activeDeadlineSeconds');
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32))
    report.invalid(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_INT32}`);
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    const name = textAt(spec, field);
    if (name !== '' || (field === 'runtimeClassName' && has(spec, field)))
      report.invalidAll(`${path}.${field}`, name, checkSubdomain(name));
  }
  if (has(spec, 'preemptionPolicy')) report.oneOf(`${path}.preemptionPolicy`, spec['preemptionPolicy'], ['PreemptLowerPriority', 'Never']);
};

export interface SpecOwner {
  /** Of the PodSpec: `spec` or `spec.template.spec`. */
  path: string;
  /** Its metadata. */
  meta: JsonObject;
  /** false: a template. */
  isPod: boolean;
}

export const checkPodSpec = (spec: JsonObject, { path, meta, isPod }: SpecOwner, report: Report): void => {
  const labels = wordsAt(meta, 'labels');
  const volumes = checkVolumes(spec, isPod ? textAt(meta, 'name') : '', `${path}.volumes`, report);
  const resourceClaims = checkResourceClaims(spec, path, report);
  const grace = numberAt(spec, 'terminationGracePeriodSeconds') ?? 0;
  const hostUsers = spec['hostUsers'] !== false;
  checkContainers(spec, path, { volumes, grace, restartPolicy: textAt(spec, 'restartPolicy'), resourceClaims, isPod, hostUsers }, report);
  checkPodResources(spec, path, report);
  checkHostNetwork(spec, path, isPod, report);
  checkScalars(spec, path, report);
  checkDns(spec, path, report);
  checkLabels(wordsAt(spec, 'nodeSelector'), `${path}.nodeSelector`, report);
  checkPodSecurity(spec, path, report);
  checkAffinity(spec, path, labels, report);
  checkGates(spec, path, report);
  checkSpread(spec, path, labels, report);
  checkHostProcess(spec, path, report);
  checkHostnames(spec, path, report);
  checkTolerations(spec, path, report);
  checkHostAliases(spec, path, report);
  checkOverhead(spec, path, report);
  checkOs(spec, path, report);
};

export const checkPod = (pod: JsonObject, report: Report): void => {
  const [spec, meta] = [recordAt(pod, 'spec') ?? {}, recordAt(pod, 'metadata') ?? {}];
  checkPodSpec(spec, { path: 'spec', meta, isPod: true }, report);
  checkProfileAnnotations(spec, meta, 'metadata', report);
};

const checkPriority = (spec: JsonObject, report: Report): void => {
  if (textAt(spec, 'priorityClassName') !== '') return;
  if ((numberAt(spec, 'priority') ?? 0) !== 0) report.forbidden('spec.priority', 'comes from a PriorityClass');
  if (spec['preemptionPolicy'] === 'Never') report.forbidden('spec.preemptionPolicy', 'comes from a PriorityClass');
};

/** On creation only: what admission refuses; and a debug container is added to a pod that runs. */
export const checkNewPod = (pod: JsonObject, report: Report): void => {
  const spec = recordAt(pod, 'spec') ?? {};
  if (itemsAt(spec, 'ephemeralContainers').length > 0) report.forbidden('spec.ephemeralContainers', 'not when a pod is created');
  checkPriority(spec, report);
  if (has(spec, 'overhead') && !has(spec, 'runtimeClassName')) report.forbidden('spec.overhead', 'comes from a RuntimeClass');
};

/** The template of a Deployment or ReplicaSet. */
export const checkPodTemplate = (owner: JsonObject, report: Report): void => {
  const template = recordAt(recordAt(owner, 'spec'), 'template') ?? {};
  const [spec, meta] = [recordAt(template, 'spec') ?? {}, recordAt(template, 'metadata') ?? {}];
  const path = 'spec.template';
  checkLabels(wordsAt(meta, 'labels'), `${path}.metadata.labels`, report);
  checkAnnotations(wordsAt(meta, 'annotations'), `${path}.metadata.annotations`, report);
  checkProfileAnnotations(spec, meta, `${path}.metadata`, report);
  checkPodSpec(spec, { path: `${path}.spec`, meta, isPod: false }, report);
  if (recordsAt(spec, 'ephemeralContainers').length > 0) report.forbidden(`${path}.spec.ephemeralContainers`, 'a template has none');
  if (textAt(spec, 'restartPolicy') !== 'Always' && has(spec, 'restartPolicy'))
    report.notSupported(`${path}.spec.restartPolicy`, spec['restartPolicy'], ['Always']);
  if (has(spec, 'activeDeadlineSeconds')) report.forbidden(`${path}.spec.activeDeadlineSeconds`, 'pods that are replaced have no deadline');
};
