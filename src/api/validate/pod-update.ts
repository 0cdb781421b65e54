/** A pod's spec stays as it is, but for images, a shorter deadline, more tolerations and fewer gates. */
import { has, itemsAt, numberAt, recordAt, recordsAt, textAt, wordsAt } from '../fields.ts';
import { isObject, type JsonObject, sameJson } from '../json.ts';
import type { Report } from './report.ts';

const LISTS = ['containers', 'initContainers'] as const;
const MAX_INT32 = 2 ** 31 - 1;
const TERMS = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

const checkDeadline = (old: JsonObject, spec: JsonObject, report: Report): void => {
  const [was, is] = [numberAt(old, 'activeDeadlineSeconds'), numberAt(spec, 'activeDeadlineSeconds')];
  const at = 'spec.activeDeadlineSeconds';
  if (is === undefined) {
    if (was !== undefined) report.invalid(at, null, 'cannot be removed');
  } else if (is < 0 || is > MAX_INT32) report.invalid(at, is, `must be between 0 and ${MAX_INT32}`);
  else if (was !== undefined && is > was) report.invalid(at, is, `cannot become more than ${was}`);
};

const withoutSeconds = (toleration: JsonObject): JsonObject => {
  const { tolerationSeconds: _, ...rest } = toleration;
  return rest;
};

const checkTolerations = (old: JsonObject, spec: JsonObject, report: Report): void => {
  const now = recordsAt(spec, 'tolerations').map(withoutSeconds);
  const lost = recordsAt(old, 'tolerations').some((toleration) => !now.some((other) => sameJson(other, withoutSeconds(toleration))));
  if (lost) report.forbidden('spec.tolerations', 'can only be added');
};

const checkGates = (old: JsonObject, spec: JsonObject, report: Report): void => {
  const before = recordsAt(old, 'schedulingGates').map((gate) => textAt(gate, 'name'));
  for (const [i, gate] of itemsAt(spec, 'schedulingGates'))
    if (!before.includes(textAt(gate, 'name'))) report.forbidden(`spec.schedulingGates[${i}].name`, 'gates can only be removed');
};

const termsOf = (spec: JsonObject): JsonObject[] =>
  recordsAt(
    recordAt(recordAt(recordAt(spec, 'affinity'), 'nodeAffinity'), 'requiredDuringSchedulingIgnoredDuringExecution'),
    'nodeSelectorTerms',
  );

const isExtension = (before: JsonObject, after: JsonObject): boolean => {
  const lists = ['matchExpressions', 'matchFields'] as const;
  if (lists.every((list) => recordsAt(before, list).length === 0)) return lists.every((list) => recordsAt(after, list).length === 0);
  return lists.every((list) => {
    const old = recordsAt(before, list);
    return sameJson(old, recordsAt(after, list).slice(0, old.length));
  });
};

/** While a pod is held by gates, the choice of nodes may only become narrower. */
const checkNarrowed = (old: JsonObject, spec: JsonObject, report: Report): void => {
  const selector = wordsAt(spec, 'nodeSelector');
  if (Object.entries(wordsAt(old, 'nodeSelector')).some(([key, value]) => selector[key] !== value))
    report.invalid('spec.nodeSelector', selector, 'labels can only be added');
  const [before, after] = [termsOf(old), termsOf(spec)];
  if (before.length === 0) return;
  if (before.length !== after.length) report.invalid(TERMS, after, 'terms cannot be added or removed');
  else
    for (const [i, term] of after.entries())
      if (!isExtension(before[i] ?? {}, term)) report.invalid(`${TERMS}[${i}]`, term, 'expressions can only be added');
};

const withImages = (spec: JsonObject, old: JsonObject, list: string): unknown => {
  const before = recordsAt(old, list);
  return recordsAt(spec, list).map((container, i) => ({ ...container, image: before[i]?.['image'] }));
};

/** `spec` with everything that may change taken from `old`. */
const withoutChangeable = (spec: JsonObject, old: JsonObject, gated: boolean): JsonObject => {
  const rest: JsonObject = { ...spec };
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates', ...(gated ? ['nodeSelector'] : [])])
    rest[field] = old[field];
  for (const list of LISTS) if (has(spec, list)) rest[list] = withImages(spec, old, list);
  if (gated) {
    const affinity: JsonObject = { ...recordAt(spec, 'affinity'), nodeAffinity: recordAt(old, 'affinity')?.['nodeAffinity'] };
    const isEmpty = Object.values(affinity).every((value) => value === undefined);
    rest['affinity'] = isEmpty ? old['affinity'] : affinity;
  }
  if (
    numberAt(old, 'terminationGracePeriodSeconds') !== undefined &&
    Number(old['terminationGracePeriodSeconds']) < 0 &&
    rest['terminationGracePeriodSeconds'] === 1
  )
    rest['terminationGracePeriodSeconds'] = old['terminationGracePeriodSeconds'];
  return rest;
};

/** Where the two begin to differ: `containers[1].command`. */
const firstDifference = (before: unknown, after: unknown, path: string): string | undefined => {
  if (sameJson(before, after)) return undefined;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length && before.some(isObject))
    return before.map((item, i) => firstDifference(item, after[i], `${path}[${i}]`)).find((found) => found !== undefined) ?? path;
  if (!isObject(before) || !isObject(after)) return path;
  const below = path === '' ? '' : `${path}.`;
  const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return keys.map((key) => firstDifference(before[key], after[key], `${below}${key}`)).find((found) => found !== undefined) ?? path;
};

export const checkPodUpdate = (before: JsonObject, after: JsonObject, report: Report): void => {
  const [old, spec] = [recordAt(before, 'spec') ?? {}, recordAt(after, 'spec') ?? {}];
  for (const list of LISTS)
    if (recordsAt(old, list).length !== recordsAt(spec, list).length) {
      report.forbidden(`spec.${list}`, 'containers cannot be added to a pod, or removed');
      return;
    }
  for (const list of LISTS)
    for (const [i, container] of itemsAt(spec, list)) if (textAt(container, 'image') === '') report.required(`spec.${list}[${i}].image`);
  checkDeadline(old, spec, report);
  checkTolerations(old, spec, report);
  checkGates(old, spec, report);
  const gated = recordsAt(old, 'schedulingGates').length > 0;
  if (gated) checkNarrowed(old, spec, report);
  const changed = firstDifference(old, withoutChangeable(spec, old, gated), '');
  if (changed !== undefined)
    report.forbidden(
      'spec',
      `${changed} differs, and of a pod only image, activeDeadlineSeconds (shorter), tolerations (more) and schedulingGates (fewer) can be changed (play kube --replace makes the pod anew)`,
    );
};
