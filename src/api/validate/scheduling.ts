/** Where and when a pod may run: one machine does not need it, but what is wrong is still wrong. */
import { has, itemsAt, numberAt, recordAt, stringsAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkLabel, checkLabelValue, checkQualifiedName, checkSubdomain } from '../name.ts';
import { selectorKeys } from './affinity.ts';
import { checkLabelSelector } from './label-selector.ts';
import type { Report } from './report.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

const checkTolerationOperator = (toleration: JsonObject, path: string, report: Report): void => {
  const [operator, value] = [textAt(toleration, 'operator'), textAt(toleration, 'value')];
  if (operator === '' || operator === 'Equal') report.invalidAll(`${path}.operator`, value, checkLabelValue(value));
  else if (operator === 'Exists') {
    if (value !== '') report.invalid(`${path}.operator`, value, 'Exists takes no value');
  } else report.notSupported(`${path}.operator`, operator, ['Equal', 'Exists']);
};

export const checkTolerations = (spec: JsonObject, path: string, report: Report): void => {
  for (const [i, toleration] of itemsAt(spec, 'tolerations')) {
    const at = `${path}.tolerations[${i}]`;
    const [key, effect, operator] = [textAt(toleration, 'key'), textAt(toleration, 'effect'), textAt(toleration, 'operator')];
    if (key !== '') report.invalidAll(`${at}.key`, key, checkQualifiedName(key));
    else if (operator !== 'Exists') report.invalid(`${at}.operator`, operator, 'must be Exists when there is no key');
    if (has(toleration, 'tolerationSeconds') && effect !== 'NoExecute')
      report.invalid(`${at}.effect`, effect, 'must be NoExecute with tolerationSeconds');
    checkTolerationOperator(toleration, at, report);
    if (effect !== '') report.oneOf(`${at}.effect`, effect, EFFECTS);
  }
};

const checkSpreadKeys = (constraint: JsonObject, path: string, podLabels: Record<string, string>, report: Report): void => {
  const keys = stringsAt(constraint, 'matchLabelKeys');
  const selector = recordAt(constraint, 'labelSelector');
  if (keys.length > 0 && !selector) report.forbidden(`${path}.matchLabelKeys`, 'needs a labelSelector');
  const named = selectorKeys(selector, podLabels, 'In');
  for (const [i, key] of keys.entries()) {
    report.invalidAll(`${path}.matchLabelKeys[${i}]`, key, checkQualifiedName(key));
    if (selector && named.has(key)) report.invalid(`${path}.matchLabelKeys[${i}]`, key, 'is already in the labelSelector');
  }
};

const NODE_POLICIES = ['Honor', 'Ignore'];

export const checkSpread = (spec: JsonObject, path: string, podLabels: Record<string, string>, report: Report): void => {
  const seen = new Set<string>();
  for (const [i, constraint] of itemsAt(spec, 'topologySpreadConstraints')) {
    const at = `${path}.topologySpreadConstraints[${i}]`;
    const [key, unsatisfiable] = [textAt(constraint, 'topologyKey'), textAt(constraint, 'whenUnsatisfiable')];
    const skew = numberAt(constraint, 'maxSkew') ?? 0;
    if (skew <= 0) report.invalid(`${at}.maxSkew`, skew, 'must be more than 0');
    if (key === '') report.required(`${at}.topologyKey`);
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(unsatisfiable))
      report.notSupported(`${at}.whenUnsatisfiable`, unsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']);
    const id = `${key}\n${unsatisfiable}`;
    if (seen.has(id)) report.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${unsatisfiable}}`);
    seen.add(id);
    const domains = numberAt(constraint, 'minDomains');
    if (domains !== undefined && domains <= 0) report.invalid(`${at}.minDomains`, domains, 'must be more than 0');
    else if (domains !== undefined && unsatisfiable !== 'DoNotSchedule')
      report.invalid(`${at}.minDomains`, domains, 'only with DoNotSchedule');
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'])
      if (has(constraint, field)) report.oneOf(`${at}.${field}`, constraint[field], NODE_POLICIES);
    checkSpreadKeys(constraint, at, podLabels, report);
    checkLabelSelector(recordAt(constraint, 'labelSelector'), `${at}.labelSelector`, report);
  }
};

export const checkGates = (spec: JsonObject, path: string, report: Report): void => {
  for (const [i, gate] of itemsAt(spec, 'readinessGates'))
    report.invalidAll(
      `${path}.readinessGates[${i}].conditionType`,
      textAt(gate, 'conditionType'),
      checkQualifiedName(textAt(gate, 'conditionType')),
    );
  const gates = itemsAt(spec, 'schedulingGates');
  const seen = new Set<string>();
  for (const [i, gate] of gates) {
    const name = textAt(gate, 'name');
    report.invalidAll(`${path}.schedulingGates[${i}]`, name, checkQualifiedName(name));
    if (seen.has(name)) report.duplicate(`${path}.schedulingGates[${i}]`, name);
    seen.add(name);
  }
  if (gates.length > 0 && textAt(spec, 'nodeName') !== '') report.forbidden(`${path}.nodeName`, 'not while there are schedulingGates');
};

export const checkResourceClaims = (spec: JsonObject, path: string, report: Report): string[] => {
  const names: string[] = [];
  for (const [i, claim] of itemsAt(spec, 'resourceClaims')) {
    const at = `${path}.resourceClaims[${i}]`;
    const name = textAt(claim, 'name');
    if (name === '') report.required(`${at}.name`);
    else if (names.includes(name)) report.duplicate(`${at}.name`, name);
    else report.invalidAll(`${at}.name`, name, checkLabel(name));
    names.push(name);
    const sources = ['resourceClaimName', 'resourceClaimTemplateName'].filter((field) => has(claim, field));
    if (sources.length !== 1) report.invalid(at, name, 'names either a claim or a template of claims');
    for (const field of sources) report.invalidAll(`${at}.${field}`, textAt(claim, field), checkSubdomain(textAt(claim, field)));
  }
  return names;
};
