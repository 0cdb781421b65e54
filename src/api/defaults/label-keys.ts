/** matchLabelKeys: a pod's own values of these labels join the selectors when it is made. */
import { recordAt, recordsAt, stringsAt } from '../fields.ts';
import { type JsonObject, sameJson } from '../json.ts';

type Labels = Readonly<Record<string, string>>;

const merge = (holder: JsonObject, field: string, operator: 'In' | 'NotIn', labels: Labels): void => {
  const selector = recordAt(holder, 'labelSelector');
  if (!selector) return;
  for (const key of stringsAt(holder, field)) {
    const value = labels[key];
    if (value === undefined) continue;
    const expression = { key, operator, values: [value] };
    const before = recordsAt(selector, 'matchExpressions');
    if (!before.some((other) => sameJson(other, expression))) selector['matchExpressions'] = [...before, expression];
  }
};

const termsOf = (affinity: JsonObject | undefined): JsonObject[] => [
  ...recordsAt(affinity, 'requiredDuringSchedulingIgnoredDuringExecution'),
  ...recordsAt(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').map(
    (preferred) => recordAt(preferred, 'podAffinityTerm') ?? {},
  ),
];

export const mergeLabelKeys = (spec: JsonObject, labels: Labels): void => {
  for (const constraint of recordsAt(spec, 'topologySpreadConstraints')) merge(constraint, 'matchLabelKeys', 'In', labels);
  const affinity = recordAt(spec, 'affinity');
  for (const term of [...termsOf(recordAt(affinity, 'podAffinity')), ...termsOf(recordAt(affinity, 'podAntiAffinity'))]) {
    merge(term, 'matchLabelKeys', 'In', labels);
    merge(term, 'mismatchLabelKeys', 'NotIn', labels);
  }
};
