/** Deployments and ReplicaSets. */
import { has, numberAt, recordAt, textAt } from '../fields.ts';
import { percentOf } from '../intstr.ts';
import type { JsonObject } from '../json.ts';
import { checkOwnSelector } from './label-selector.ts';
import { checkPodTemplate } from './pod.ts';
import type { Report } from './report.ts';

const checkCount = (value: unknown, path: string, report: Report): void => {
  if (typeof value === 'string' && percentOf(value) === undefined)
    report.invalid(path, value, 'must be a whole number or a percentage like "25%"');
  else if (typeof value === 'number') report.notNegative(path, value);
};

const isNone = (value: unknown): boolean => value === 0 || value === '0%';

const checkRolling = (rolling: JsonObject, path: string, report: Report): void => {
  const [surge, unavailable] = [rolling['maxSurge'], rolling['maxUnavailable']];
  checkCount(unavailable, `${path}.maxUnavailable`, report);
  checkCount(surge, `${path}.maxSurge`, report);
  if (isNone(surge) && isNone(unavailable)) report.invalid(`${path}.maxUnavailable`, unavailable, 'must be more than 0 when maxSurge is 0');
  if (typeof unavailable === 'string' && (percentOf(unavailable) ?? 0) > 100)
    report.invalid(`${path}.maxUnavailable`, unavailable, 'must be at most 100%');
};

const checkStrategy = (spec: JsonObject, report: Report): void => {
  const strategy = recordAt(spec, 'strategy') ?? {};
  const rolling = recordAt(strategy, 'rollingUpdate');
  const type = textAt(strategy, 'type');
  if (type === 'Recreate') {
    if (rolling) report.forbidden('spec.strategy.rollingUpdate', 'not with type: Recreate');
  } else if (type === 'RollingUpdate') {
    if (rolling) checkRolling(rolling, 'spec.strategy.rollingUpdate', report);
    else report.required('spec.strategy.rollingUpdate');
  } else report.notSupported('spec.strategy.type', type, ['Recreate', 'RollingUpdate']);
};

const checkReplicated = (object: JsonObject, spec: JsonObject, report: Report): void => {
  report.notNegative('spec.replicas', numberAt(spec, 'replicas'));
  if (checkOwnSelector(spec, report)) checkPodTemplate(object, report);
  report.notNegative('spec.minReadySeconds', numberAt(spec, 'minReadySeconds'));
};

export const checkReplicaSet = (object: JsonObject, report: Report): void =>
  checkReplicated(object, recordAt(object, 'spec') ?? {}, report);

export const checkDeployment = (object: JsonObject, report: Report): void => {
  const spec = recordAt(object, 'spec') ?? {};
  checkReplicated(object, spec, report);
  checkStrategy(spec, report);
  report.notNegative('spec.revisionHistoryLimit', numberAt(spec, 'revisionHistoryLimit'));
  const deadline = numberAt(spec, 'progressDeadlineSeconds');
  report.notNegative('spec.progressDeadlineSeconds', deadline);
  if (has(spec, 'progressDeadlineSeconds') && (deadline ?? 0) <= (numberAt(spec, 'minReadySeconds') ?? 0))
    report.invalid('spec.progressDeadlineSeconds', deadline, 'must be more than minReadySeconds');
};
