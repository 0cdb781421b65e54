/** Label selectors as they stand in objects. */
import { itemsAt, recordAt, stringsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkLabelValue, checkQualifiedName } from '../name.ts';
import type { LabelSelector } from '../objects.ts';
import { matchesLabelSelector } from '../selector.ts';
import { checkLabels } from './meta.ts';
import { Report } from './report.ts';

const checkExpression = (expression: JsonObject, path: string, report: Report): void => {
  const [operator, values] = [textAt(expression, 'operator'), stringsAt(expression, 'values')];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) report.required(`${path}.values`, `${operator} needs values`);
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) report.forbidden(`${path}.values`, `${operator} takes no values`);
  } else report.invalid(`${path}.operator`, operator, 'must be In, NotIn, Exists or DoesNotExist');
  const key = textAt(expression, 'key');
  report.invalidAll(`${path}.key`, key, checkQualifiedName(key));
  for (const [i, value] of values.entries()) report.invalidAll(`${path}.values[${i}]`, value, checkLabelValue(value));
};

export const checkLabelSelector = (selector: JsonObject | undefined, path: string, report: Report): void => {
  checkLabels(wordsAt(selector, 'matchLabels'), `${path}.matchLabels`, report);
  for (const [i, expression] of itemsAt(selector, 'matchExpressions'))
    checkExpression(expression, `${path}.matchExpressions[${i}]`, report);
};

export const isEmptySelector = (selector: JsonObject): boolean =>
  Object.keys(wordsAt(selector, 'matchLabels')).length === 0 && itemsAt(selector, 'matchExpressions').length === 0;

/** The selector a controller finds its pods by, and the labels it would give them. True: the template is worth checking. */
export const checkOwnSelector = (spec: JsonObject, report: Report): boolean => {
  const selector = recordAt(spec, 'selector');
  const labels = wordsAt(recordAt(recordAt(spec, 'template'), 'metadata'), 'labels');
  const mismatch = 'spec.selector does not match these labels';
  if (selector === undefined) {
    report.required('spec.selector', 'which pods belong to it');
    report.invalid('spec.template.metadata.labels', labels, mismatch);
    return true;
  }
  const inner = new Report();
  checkLabelSelector(selector, 'spec.selector', inner);
  report.faults.push(...inner.faults);
  if (isEmptySelector(selector)) report.invalid('spec.selector', selector, 'an empty selector is not allowed here');
  else if (inner.faults.length > 0) {
    report.invalid('spec.selector', selector, 'cannot be used as a selector');
    return false;
  } else if (!matchesLabelSelector(selector as unknown as LabelSelector, labels))
    report.invalid('spec.template.metadata.labels', labels, mismatch);
  return true;
};
