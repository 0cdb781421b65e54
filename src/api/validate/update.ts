/** What may not change in an object that exists. */
import { has, recordAt, stringsAt, textAt, wordsAt } from '../fields.ts';
import { type JsonObject, sameJson } from '../json.ts';
import { compareQuantity, tryQuantity } from '../quantity.ts';
import { checkImmutableData } from './config.ts';
import { checkPodUpdate } from './pod-update.ts';
import type { Report } from './report.ts';

type Check = (before: JsonObject, after: JsonObject, report: Report) => void;

const specOf = (object: JsonObject): JsonObject => recordAt(object, 'spec') ?? {};

const checkSelector: Check = (before, after, report) => {
  const selector = specOf(after)['selector'];
  if (!sameJson(specOf(before)['selector'] ?? {}, selector ?? {})) report.invalid('spec.selector', selector, 'cannot be changed');
};

const checkSecret: Check = (before, after, report) => {
  if (textAt(before, 'type') !== textAt(after, 'type')) report.invalid('type', after['type'], `cannot be changed: it is ${before['type']}`);
  checkImmutableData(before, after, ['data'], sameJson, report);
};

/** The spec of `after` with what may differ taken from `before`. */
const claimWithout = (before: JsonObject, after: JsonObject, bound: boolean): JsonObject => {
  const [old, spec] = [specOf(before), { ...specOf(after) }];
  if (textAt(old, 'volumeName') === '') spec['volumeName'] = old['volumeName'];
  // the default class may come later than the claim
  if (!bound && old['storageClassName'] === undefined) spec['storageClassName'] = undefined;
  spec['volumeAttributesClassName'] = old['volumeAttributesClassName'];
  if (bound) {
    const resources = recordAt(spec, 'resources') ?? {};
    const requests = { ...wordsAt(resources, 'requests') };
    const storage = wordsAt(recordAt(old, 'resources'), 'requests')['storage'];
    if (storage !== undefined) requests['storage'] = storage;
    spec['resources'] = { ...resources, requests };
  }
  return spec;
};

const checkClaim: Check = (before, after, report) => {
  const status = recordAt(before, 'status');
  const bound = textAt(status, 'phase') === 'Bound';
  if (!sameJson(claimWithout(before, after, bound), specOf(before)))
    report.forbidden('spec', 'cannot be changed, except resources.requests of a bound claim to more');
  const [size, capacity] = [wordsAt(recordAt(specOf(after), 'resources'), 'requests')['storage'], wordsAt(status, 'capacity')['storage']];
  const old = wordsAt(recordAt(specOf(before), 'resources'), 'requests')['storage'];
  const least = capacity ?? old;
  if (
    bound &&
    size !== undefined &&
    old !== undefined &&
    least !== undefined &&
    tryQuantity(size) &&
    compareQuantity(size, old) < 0 &&
    compareQuantity(size, least) < 0
  )
    report.forbidden('spec.resources.requests.storage', `cannot become less than ${least}`);
  if (has(specOf(before), 'volumeAttributesClassName') && !has(specOf(after), 'volumeAttributesClassName'))
    report.forbidden('spec.volumeAttributesClassName', 'cannot be removed');
};

/** An address that is not written is the one the Service has. */
const checkServiceUpdate: Check = (before, after, report) => {
  const [old, spec] = [specOf(before), specOf(after)];
  const [was, is] = [textAt(old, 'clusterIP'), textAt(spec, 'clusterIP')];
  const addressed = textAt(old, 'type') !== 'ExternalName' && textAt(spec, 'type') !== 'ExternalName';
  if (addressed && is !== '' && (was === '' ? is === 'None' : was !== is)) report.invalid('spec.clusterIPs[0]', is, 'cannot be changed');
  const balancers = textAt(old, 'type') === 'LoadBalancer' && textAt(spec, 'type') === 'LoadBalancer';
  if (balancers && !sameJson(old['loadBalancerClass'], spec['loadBalancerClass']))
    report.invalid('spec.loadBalancerClass', spec['loadBalancerClass'], 'cannot be changed');
};

const CHECKS: Readonly<Record<string, Check>> = {
  'v1 Pod': checkPodUpdate,
  'v1 ConfigMap': (before, after, report) => checkImmutableData(before, after, ['data', 'binaryData'], sameJson, report),
  'v1 Secret': checkSecret,
  'v1 PersistentVolumeClaim': checkClaim,
  'v1 Service': checkServiceUpdate,
  'apps/v1 Deployment': checkSelector,
  'apps/v1 ReplicaSet': checkSelector,
};

const checkMetaUpdate: Check = (before, after, report) => {
  const [old, meta] = [recordAt(before, 'metadata'), recordAt(after, 'metadata')];
  for (const field of ['name', 'namespace', 'uid'])
    if (has(old, field) && has(meta, field) && old?.[field] !== meta?.[field])
      report.invalid(`metadata.${field}`, meta?.[field], 'cannot be changed');
  if (has(old, 'deletionTimestamp')) {
    const finalizers = stringsAt(old, 'finalizers');
    const added = stringsAt(meta, 'finalizers').filter((name) => !finalizers.includes(name));
    if (added.length > 0) report.forbidden('metadata.finalizers', 'none can be added to an object that is being deleted');
  }
};

export const checkUpdate = (before: JsonObject, after: JsonObject, report: Report): void => {
  checkMetaUpdate(before, after, report);
  CHECKS[`${after['apiVersion']} ${after['kind']}`]?.(before, after, report);
};
