/** Containers: those that run, those that prepare, and those for debugging. */
import { has, itemsAt, numberAt, recordAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkLabel, checkPortName, checkPortNumber } from '../name.ts';
import { checkEnv, checkEnvFrom, type EnvContext } from './env.ts';
import { checkDevices, checkMounts, type MountContext } from './mount.ts';
import { checkLifecycle, checkProbes, forbidProbes } from './probe.ts';
import type { Report } from './report.ts';
import { checkResources } from './resources.ts';
import { checkRestart, isSidecar } from './restart.ts';
import { checkContainerSecurity } from './security.ts';

export interface PodContext extends EnvContext, MountContext {
  /** terminationGracePeriodSeconds */
  grace: number;
  restartPolicy: string;
  resourceClaims: readonly string[];
  /** false: a template. */
  isPod: boolean;
}

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

const checkPorts = (container: JsonObject, path: string, report: Report): void => {
  const names = new Set<string>();
  for (const [i, port] of itemsAt(container, 'ports')) {
    const at = `${path}.ports[${i}]`;
    const name = textAt(port, 'name');
    const [inner, host] = [numberAt(port, 'containerPort') ?? 0, numberAt(port, 'hostPort') ?? 0];
    if (name !== '') {
      const problems = checkPortName(name);
      report.invalidAll(`${at}.name`, name, problems);
      if (problems.length === 0 && names.has(name)) report.duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (inner === 0) report.required(`${at}.containerPort`);
    else report.invalidAll(`${at}.containerPort`, inner, checkPortNumber(inner));
    if (host !== 0) report.invalidAll(`${at}.hostPort`, host, checkPortNumber(host));
    report.oneOf(`${at}.protocol`, port['protocol'], PROTOCOLS);
  }
};

const checkResizePolicy = (container: JsonObject, path: string, restartPolicy: string, report: Report): void => {
  const at = `${path}.resizePolicy`;
  const names = new Set<string>();
  for (const [i, policy] of itemsAt(container, 'resizePolicy')) {
    const [name, restart] = [textAt(policy, 'resourceName'), textAt(policy, 'restartPolicy')];
    if (names.has(name)) report.duplicate(`${at}[${i}]`, name);
    names.add(name);
    report.oneOf(at, name, ['cpu', 'memory']);
    report.oneOf(at, restart, ['NotRequired', 'RestartContainer']);
    if (restartPolicy === 'Never' && restart === 'RestartContainer')
      report.invalid(at, restart, 'must be NotRequired with restartPolicy: Never');
  }
};

/** What all three kinds have in common. */
const checkCommon = (container: JsonObject, path: string, pod: PodContext, report: Report): void => {
  const [name, image] = [textAt(container, 'name'), textAt(container, 'image')];
  if (name === '') report.required(`${path}.name`);
  else report.invalidAll(`${path}.name`, name, checkLabel(name));
  if (image === '') report.required(`${path}.image`);
  else if (pod.isPod && image !== image.trim()) report.invalid(`${path}.image`, image, 'has spaces around it');
  report.oneOf(`${path}.terminationMessagePolicy`, container['terminationMessagePolicy'], ['File', 'FallbackToLogsOnError']);
  checkPorts(container, path, report);
  checkEnv(container, path, pod, report);
  checkEnvFrom(container, path, report);
  checkMounts(container, path, pod, report);
  checkDevices(container, path, pod, report);
  report.oneOf(`${path}.imagePullPolicy`, container['imagePullPolicy'], ['Always', 'IfNotPresent', 'Never']);
  checkResources(recordAt(container, 'resources'), `${path}.resources`, report, pod.resourceClaims);
  checkResizePolicy(container, path, pod.restartPolicy, report);
  checkContainerSecurity(recordAt(container, 'securityContext'), `${path}.securityContext`, pod.hostUsers, report);
};

/** Each host port of a protocol and address is taken once. */
const checkHostPorts = (containers: readonly [number, JsonObject][], path: string, report: Report): void => {
  const taken = new Set<string>();
  for (const [i, container] of containers)
    for (const [j, port] of itemsAt(container, 'ports')) {
      const host = numberAt(port, 'hostPort') ?? 0;
      if (host === 0) continue;
      const id = `${textAt(port, 'protocol')}/${textAt(port, 'hostIP')}/${host}`;
      if (taken.has(id)) report.duplicate(`${path}[${i}].ports[${j}].hostPort`, id);
      taken.add(id);
    }
};

const nameOnce = (container: JsonObject, path: string, names: Set<string>, report: Report): void => {
  const name = textAt(container, 'name');
  if (name !== '' && names.has(name)) report.duplicate(`${path}.name`, name);
  names.add(name);
};

/** A list whose items may be null counts them as empty. */
const listOf = (spec: JsonObject, key: string): [number, JsonObject][] => itemsAt(spec, key);

export const checkContainers = (spec: JsonObject, path: string, pod: PodContext, report: Report): void => {
  const names = new Set<string>();
  const containers = listOf(spec, 'containers');
  if (containers.length === 0) report.required(`${path}.containers`, 'at least one container');
  for (const [i, container] of containers) {
    const at = `${path}.containers[${i}]`;
    checkCommon(container, at, pod, report);
    nameOnce(container, at, names, report);
    checkLifecycle(container, at, pod.grace, report);
    checkProbes(container, at, report);
    checkRestart(container, at, report);
  }
  checkHostPorts(containers, `${path}.containers`, report);
  checkInitContainers(spec, path, pod, names, report);
  checkDebugContainers(spec, path, pod, names, report);
};

const checkInitContainers = (spec: JsonObject, path: string, pod: PodContext, names: Set<string>, report: Report): void => {
  for (const [i, container] of listOf(spec, 'initContainers')) {
    const at = `${path}.initContainers[${i}]`;
    checkCommon(container, at, pod, report);
    nameOnce(container, at, names, report);
    checkRestart(container, at, report);
    if (isSidecar(container)) {
      checkLifecycle(container, at, pod.grace, report);
      checkProbes(container, at, report);
    } else forbidProbes(container, at, report);
    checkHostPorts([[i, container]], `${path}.initContainers`, report);
  }
};

const NOT_FOR_DEBUGGING = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resizePolicy'];

const checkDebugContainers = (spec: JsonObject, path: string, pod: PodContext, names: Set<string>, report: Report): void => {
  const others = new Set(names);
  for (const [i, container] of listOf(spec, 'ephemeralContainers')) {
    const at = `${path}.ephemeralContainers[${i}]`;
    checkCommon(container, at, pod, report);
    nameOnce(container, at, names, report);
    const target = textAt(container, 'targetContainerName');
    if (target !== '' && !others.has(target)) report.notFound(`${at}.targetContainerName`, target, 'no such container');
    for (const field of NOT_FOR_DEBUGGING) if (has(container, field)) report.forbidden(`${at}.${field}`, 'not for debug containers');
    const resources = recordAt(container, 'resources');
    if (resources && Object.keys(resources).length > 0) report.forbidden(`${at}.resources`, 'not for debug containers');
  }
};
