/** Old annotations that say what securityContext says today: seccomp and AppArmor. */
import { itemsAt, recordAt, recordsAt, textAt, wordsAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkDescending } from './path.ts';
import type { Report } from './report.ts';

export const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

/** `runtime/default` → {type: 'RuntimeDefault'}; undefined when it is none of them. */
export const appArmorProfile = (value: string): JsonObject | undefined => {
  if (value === 'runtime/default') return { type: 'RuntimeDefault' };
  if (value === 'unconfined') return { type: 'Unconfined' };
  return value.startsWith('localhost/') && value !== 'localhost/'
    ? { type: 'Localhost', localhostProfile: value.slice('localhost/'.length) }
    : undefined;
};

const isSeccomp = (value: string): boolean =>
  ['runtime/default', 'docker/default', 'unconfined'].includes(value) ||
  (value.startsWith('localhost/') && checkDescending(value.slice('localhost/'.length)).length === 0);

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'];

const checkAppArmor = (spec: JsonObject, key: string, value: string, path: string, report: Report): void => {
  const name = key.slice(APPARMOR.length);
  const at = `${path}.annotations[${key}]`;
  const known = LISTS.flatMap((list) => recordsAt(spec, list)).some((container) => textAt(container, 'name') === name);
  if (!known) report.invalid(at, name, 'no such container');
  const profile = appArmorProfile(value);
  if (value !== '' && profile === undefined) report.invalid(at, value, 'must be runtime/default, unconfined or localhost/PROFILE');
};

/** The annotation and the field must say the same, field by field of the profile. */
const checkAgreement = (spec: JsonObject, annotations: Record<string, string>, path: string, report: Report): void => {
  for (const list of LISTS)
    for (const [i, container] of itemsAt(spec, list)) {
      const wanted = appArmorProfile(annotations[`${APPARMOR}${textAt(container, 'name')}`] ?? '');
      const profile = recordAt(recordAt(container, 'securityContext'), 'appArmorProfile');
      if (!wanted || !profile) continue;
      const at = `${path}.${list}[${i}].securityContext.appArmorProfile`;
      if (wanted['type'] !== profile['type']) report.forbidden(`${at}.type`, `the annotation says ${wanted['type']}`);
      else if (wanted['localhostProfile'] !== profile['localhostProfile'])
        report.forbidden(`${at}.localhostProfile`, `the annotation says ${wanted['localhostProfile']}`);
    }
};

/** `path`: of the metadata. */
export const checkProfileAnnotations = (spec: JsonObject, meta: JsonObject, path: string, report: Report): void => {
  const annotations = wordsAt(meta, 'annotations');
  for (const [key, value] of Object.entries(annotations)) {
    if ((key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) && !isSeccomp(value))
      report.invalid(`${path}.annotations.${key}`, value, 'must be runtime/default, unconfined or localhost/PROFILE');
    if (key.startsWith(APPARMOR)) checkAppArmor(spec, key, value, path, report);
  }
  checkAgreement(spec, annotations, path === 'metadata' ? 'spec' : path.replace(/\.metadata$/, '.spec'), report);
};
