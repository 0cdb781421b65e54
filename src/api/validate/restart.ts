/** Restart policies of containers, and rules for exit codes. */
import { has, itemsAt, recordAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import type { Report } from './report.ts';

const POLICIES = ['Always', 'OnFailure', 'Never'];
const MAX_RULES = 20;
const MAX_CODES = 255;

export const isSidecar = (container: JsonObject): boolean => container['restartPolicy'] === 'Always';

const checkRule = (rule: JsonObject, path: string, report: Report): void => {
  const action = textAt(rule, 'action');
  if (!['Restart', 'RestartAllContainers'].includes(action))
    report.notSupported(`${path}.action`, action, ['Restart', 'RestartAllContainers']);
  const codes = recordAt(rule, 'exitCodes');
  if (!codes) {
    report.required(`${path}.exitCodes`);
    return;
  }
  const operator = textAt(codes, 'operator');
  if (!['In', 'NotIn'].includes(operator)) report.notSupported(`${path}.exitCodes.operator`, operator, ['In', 'NotIn']);
  const values = Array.isArray(codes['values']) ? codes['values'] : [];
  if (values.length > MAX_CODES) report.tooMany(`${path}.exitCodes.values`, MAX_CODES);
};

export const checkRestart = (container: JsonObject, path: string, report: Report): void => {
  const rules = itemsAt(container, 'restartPolicyRules');
  if (has(container, 'restartPolicy')) {
    const policy = textAt(container, 'restartPolicy');
    if (!POLICIES.includes(policy)) report.notSupported(`${path}.restartPolicy`, policy, POLICIES);
  } else if (rules.length > 0) report.required(`${path}.restartPolicy`, 'restartPolicyRules need it');
  if (rules.length > MAX_RULES) report.tooMany(`${path}.restartPolicyRules`, MAX_RULES);
  for (const [i, rule] of rules) checkRule(rule, `${path}.restartPolicyRules[${i}]`, report);
};
