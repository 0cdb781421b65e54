/** The parameters of a Kubernetes call. Pure. */
import { checkFieldSelector, matchesFieldSelector } from '../../api/field-values.ts';
import { isObject } from '../../api/json.ts';
import type { KubeObject } from '../../api/objects.ts';
import { matchesSelector, parseFieldSelector, parseSelector } from '../../api/selector.ts';
import { badRequest } from '../../api/status.ts';
import type { DeleteOptions, Propagation, WriteOptions } from '../registry.ts';

/** Throws BadRequest (400) for a selector that cannot be read. */
export const filterOf = (query: URLSearchParams, kind: string): ((object: KubeObject) => boolean) => {
  const labels = parseSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
  checkFieldSelector(kind, fields);
  return (object) => matchesSelector(labels, object.metadata.labels) && matchesFieldSelector(object, fields);
};

export const flagOf = (query: URLSearchParams, name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');

export const secondsOf = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`${name}: ${JSON.stringify(text)} is not a whole number`);
  return Number(text);
};

const dryRunOf = (values: readonly unknown[]): boolean => {
  for (const value of values)
    if (value !== 'All') throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
  return values.length > 0;
};

const FIELDS = ['Strict', 'Warn', 'Ignore'] as const;
const fieldsOf = (query: URLSearchParams): (typeof FIELDS)[number] => {
  const text = query.get('fieldValidation') || 'Warn';
  const known = FIELDS.find((value) => value === text);
  if (!known) throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(text)}: supported values: ${FIELDS.join(', ')}`);
  return known;
};

export const writeOptionsOf = (query: URLSearchParams): WriteOptions => ({
  dryRun: dryRunOf(query.getAll('dryRun')),
  fields: fieldsOf(query),
});

const PROPAGATIONS = ['Background', 'Foreground', 'Orphan'] as const;
const propagationOf = (value: unknown, orphan: unknown): Propagation | undefined => {
  if (value === undefined || value === null) return orphan === true || orphan === 'true' ? 'Orphan' : undefined;
  const known = PROPAGATIONS.find((p) => p === value);
  if (!known)
    throw badRequest(`propagationPolicy: Unsupported value: ${JSON.stringify(value)}: supported values: ${PROPAGATIONS.join(', ')}`);
  return known;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** From the body, or without one from the query. Throws BadRequest (400). */
export const deleteOptionsOf = (query: URLSearchParams, body: unknown): DeleteOptions => {
  if (body !== undefined && !isObject(body)) throw badRequest('DeleteOptions must be an object');
  const given = body ?? {};
  const grace = given['gracePeriodSeconds'] ?? secondsOf(query, 'gracePeriodSeconds');
  if (grace !== undefined && !Number.isInteger(grace))
    throw badRequest(`gracePeriodSeconds: ${JSON.stringify(grace)} is not a whole number`);
  const propagationPolicy = propagationOf(
    given['propagationPolicy'] ?? query.get('propagationPolicy'),
    given['orphanDependents'] ?? query.get('orphanDependents'),
  );
  const wanted = isObject(given['preconditions']) ? given['preconditions'] : {};
  const [uid, resourceVersion] = [textOf(wanted['uid']), textOf(wanted['resourceVersion'])];
  return {
    dryRun: dryRunOf([...(Array.isArray(given['dryRun']) ? (given['dryRun'] as unknown[]) : []), ...query.getAll('dryRun')]),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace as number }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    preconditions: { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
};
