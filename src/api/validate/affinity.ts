/** Affinity: to nodes and to other pods. */
import { itemsAt, numberAt, recordAt, stringsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkLabel, checkLabelValue, checkQualifiedName, checkSubdomain } from '../name.ts';
import { checkLabelSelector } from './label-selector.ts';
import type { Report } from './report.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

const checkNodeValues = (operator: string, values: readonly string[], path: string, report: Report): void => {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) report.required(`${path}.values`, `${operator} needs values`);
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) report.forbidden(`${path}.values`, `${operator} takes no values`);
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) report.required(`${path}.values`, `${operator} takes exactly one number`);
  } else report.invalid(`${path}.operator`, operator, 'must be In, NotIn, Exists, DoesNotExist, Gt or Lt');
};

const checkNodeExpression = (expression: JsonObject, path: string, report: Report): void => {
  const [key, operator, values] = [textAt(expression, 'key'), textAt(expression, 'operator'), stringsAt(expression, 'values')];
  checkNodeValues(operator, values, path, report);
  report.invalidAll(`${path}.key`, key, checkQualifiedName(key));
  for (const [i, value] of values.entries()) report.invalidAll(`${path}.values[${i}]`, value, checkLabelValue(value));
};

const checkNodeField = (expression: JsonObject, path: string, report: Report): void => {
  const [key, operator, values] = [textAt(expression, 'key'), textAt(expression, 'operator'), stringsAt(expression, 'values')];
  if (operator !== 'In' && operator !== 'NotIn') report.invalid(`${path}.operator`, operator, 'must be In or NotIn');
  else if (values.length !== 1) report.required(`${path}.values`, 'exactly one value');
  if (key !== 'metadata.name') report.invalid(`${path}.key`, key, 'must be metadata.name');
  else for (const [i, value] of values.entries()) report.invalidAll(`${path}.values[${i}]`, value, checkSubdomain(value));
};

const checkNodeTerm = (term: JsonObject, path: string, report: Report): void => {
  for (const [i, expression] of itemsAt(term, 'matchExpressions'))
    checkNodeExpression(expression, `${path}.matchExpressions[${i}]`, report);
  for (const [i, expression] of itemsAt(term, 'matchFields')) checkNodeField(expression, `${path}.matchFields[${i}]`, report);
};

const checkWeight = (preferred: JsonObject, path: string, report: Report): void => {
  const weight = numberAt(preferred, 'weight') ?? 0;
  if (weight < 1 || weight > 100) report.invalid(`${path}.weight`, weight, 'must be between 1 and 100');
};

const checkNodeAffinity = (affinity: JsonObject, path: string, report: Report): void => {
  const required = recordAt(affinity, REQUIRED);
  const terms = itemsAt(required, 'nodeSelectorTerms');
  const list = `${path}.${REQUIRED}.nodeSelectorTerms`;
  if (required && terms.length === 0) report.required(list, 'at least one term');
  for (const [i, term] of terms) checkNodeTerm(term, `${list}[${i}]`, report);
  for (const [i, preferred] of itemsAt(affinity, PREFERRED)) {
    checkWeight(preferred, `${path}.${PREFERRED}[${i}]`, report);
    checkNodeTerm(recordAt(preferred, 'preference') ?? {}, `${path}.${PREFERRED}[${i}].preference`, report);
  }
};

/** Keys a selector names, not counting what was merged into it from matchLabelKeys. */
export const selectorKeys = (selector: JsonObject | undefined, podLabels: Record<string, string>, operator: string): Set<string> => {
  const keys = new Set(Object.keys(wordsAt(selector, 'matchLabels')));
  for (const [, e] of itemsAt(selector, 'matchExpressions')) {
    const [key, values] = [textAt(e, 'key'), stringsAt(e, 'values')];
    const merged = textAt(e, 'operator') === operator && values.length === 1 && values[0] === podLabels[key];
    if (!merged) keys.add(key);
  }
  return keys;
};

const checkTermKeys = (term: JsonObject, path: string, podLabels: Record<string, string>, report: Report): void => {
  const selector = recordAt(term, 'labelSelector');
  const lists = { matchLabelKeys: stringsAt(term, 'matchLabelKeys'), mismatchLabelKeys: stringsAt(term, 'mismatchLabelKeys') };
  for (const [field, keys] of Object.entries(lists)) {
    if (keys.length > 0 && !selector) report.forbidden(`${path}.${field}`, 'needs a labelSelector');
    const named = selectorKeys(selector, podLabels, field === 'matchLabelKeys' ? 'In' : 'NotIn');
    for (const [i, key] of keys.entries()) {
      report.invalidAll(`${path}.${field}[${i}]`, key, checkQualifiedName(key));
      if (named.has(key)) report.invalid(`${path}.${field}[${i}]`, key, 'is already in the labelSelector');
      if (field === 'matchLabelKeys' && lists.mismatchLabelKeys.includes(key))
        report.invalid(`${path}.${field}[${i}]`, key, 'is in both lists');
    }
  }
};

const checkPodTerm = (term: JsonObject, path: string, podLabels: Record<string, string>, report: Report): void => {
  const topology = textAt(term, 'topologyKey');
  checkLabelSelector(recordAt(term, 'labelSelector'), `${path}.labelSelector`, report);
  checkLabelSelector(recordAt(term, 'namespaceSelector'), `${path}.namespaceSelector`, report);
  for (const name of stringsAt(term, 'namespaces')) report.invalidAll(`${path}.namespace`, name, checkLabel(name));
  checkTermKeys(term, path, podLabels, report);
  if (topology === '') report.required(`${path}.topologyKey`);
  report.invalidAll(`${path}.topologyKey`, topology, checkQualifiedName(topology));
};

const checkPodAffinity = (affinity: JsonObject, path: string, podLabels: Record<string, string>, report: Report): void => {
  for (const [i, term] of itemsAt(affinity, REQUIRED)) checkPodTerm(term, `${path}.${REQUIRED}[${i}]`, podLabels, report);
  for (const [i, preferred] of itemsAt(affinity, PREFERRED)) {
    checkWeight(preferred, `${path}.${PREFERRED}[${i}]`, report);
    checkPodTerm(recordAt(preferred, 'podAffinityTerm') ?? {}, `${path}.${PREFERRED}[${i}].podAffinityTerm`, podLabels, report);
  }
};

export const checkAffinity = (spec: JsonObject, path: string, podLabels: Record<string, string>, report: Report): void => {
  const affinity = recordAt(spec, 'affinity');
  const node = recordAt(affinity, 'nodeAffinity');
  if (node) checkNodeAffinity(node, `${path}.affinity.nodeAffinity`, report);
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const pods = recordAt(affinity, kind);
    if (pods) checkPodAffinity(pods, `${path}.affinity.${kind}`, podLabels, report);
  }
};
