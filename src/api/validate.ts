/** The rules of Kubernetes 1.36 for objects that have their defaults: the API server's answers, in our own words. */

import { withDefaults } from './defaults.ts';
import type { Fault } from './fault.ts';
import { isObject, type JsonObject } from './json.ts';
import { kindOf } from './kinds.ts';
import { checkLabel, checkSubdomain, type NameCheck } from './name.ts';
import type { KubeObject } from './objects.ts';
import { checkClaimSpec } from './validate/claim.ts';
import { checkConfigMap, checkNamespaceObject, checkSecret } from './validate/config.ts';
import { checkMeta } from './validate/meta.ts';
import { checkNewPod, checkPod } from './validate/pod.ts';
import { type PlacedFault, Report } from './validate/report.ts';
import { checkService } from './validate/service.ts';
import { checkUpdate } from './validate/update.ts';
import { checkDeployment, checkReplicaSet } from './validate/workload.ts';

interface Rules {
  name: NameCheck;
  check: (object: JsonObject, report: Report) => void;
  /** Only when it is made. */
  create?: (object: JsonObject, report: Report) => void;
}

const RULES: Readonly<Record<string, Rules>> = {
  'v1 Pod': { name: checkSubdomain, check: checkPod, create: checkNewPod },
  'v1 Namespace': { name: checkLabel, check: checkNamespaceObject },
  'v1 ConfigMap': { name: checkSubdomain, check: checkConfigMap },
  'v1 Secret': { name: checkSubdomain, check: checkSecret },
  'v1 Service': { name: checkLabel, check: checkService },
  'v1 PersistentVolumeClaim': {
    name: checkSubdomain,
    check: (claim, report) => checkClaimSpec(isObject(claim['spec']) ? claim['spec'] : {}, 'spec', report),
  },
  'apps/v1 Deployment': { name: checkSubdomain, check: checkDeployment },
  'apps/v1 ReplicaSet': { name: checkSubdomain, check: checkReplicaSet },
};

/** Kinds without rules of their own have those of metadata. */
const rulesOf = (object: KubeObject): Rules => RULES[`${object.apiVersion} ${object.kind}`] ?? { name: checkSubdomain, check: () => {} };

/** `object` has its defaults (withDefaults), and values of the right types (checkStructure). */
export const validateObject = (object: KubeObject): PlacedFault[] => {
  const report = new Report();
  const rules = rulesOf(object);
  checkMeta(object, kindOf(object.apiVersion, object.kind)?.namespaced ?? true, rules.name, report);
  rules.check(object, report);
  return report.faults;
};

/** As validateObject, with the rules that hold only when an object is made. */
export const validateNew = (object: KubeObject): PlacedFault[] => {
  const report = new Report();
  rulesOf(object).create?.(object, report);
  return [...validateObject(object), ...report.faults];
};

/** What may not change: both have their defaults. The rules for `after` alone are validateObject's. */
export const validateUpdate = (before: KubeObject, after: KubeObject): PlacedFault[] => {
  const report = new Report();
  checkUpdate(before, after, report);
  return report.faults;
};

const isWithin = (inner: string, outer: string): boolean => inner.startsWith(outer) && /^([.[]|$)/.test(inner.slice(outer.length));

/** The field this unknown one was probably meant to be. */
const meantField = (fault: Fault): string | undefined => {
  const word = /did you mean "([^"]+)"/.exec(fault.message)?.[1];
  return fault.reason !== 'UnknownField' || word === undefined ? undefined : fault.field.replace(/[^.]+$/, word);
};

/**
 * The faults of an object as it is written: without those that only follow from what `structural` (checkStructure)
 * already names, because a value that cannot be read counts as not set.
 */
export const validateWritten = (object: KubeObject, structural: readonly Fault[]): PlacedFault[] => {
  const faults = validateNew(withDefaults(object));
  if (structural.length === 0) return faults;
  const unread = structural.filter((fault) => fault.reason !== 'UnknownField').map((fault) => fault.field);
  const meant = structural.map(meantField);
  return faults.filter((fault) => {
    const place = fault.place ?? fault.field;
    const follows = unread.some((field) => isWithin(place, field) || isWithin(field, place));
    return !follows && !(fault.reason === 'FieldValueRequired' && meant.includes(fault.field));
  });
};
