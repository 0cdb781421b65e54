/** Options for Windows: never run here, but wrong ones are still wrong. */
import { has, itemsAt, recordAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkSubdomain } from '../name.ts';
import type { Report } from './report.ts';

const USER_LIMIT = 104;
const DOMAIN_LIMIT = 256;
const DOMAIN = /^[^.\\/:*?"<>|][^\\/:*?"<>|]*$/;

const checkUser = (name: string): string[] => {
  if (name === '') return ['must not be empty'];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return ['must not contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['has at most one "\\"'];
  const [domain, user] = parts.length === 2 ? [parts[0], parts[1] ?? ''] : [undefined, name];
  const problems: string[] = [];
  if (domain !== undefined && (domain.length >= DOMAIN_LIMIT || !DOMAIN.test(domain))) problems.push('the domain is not one');
  if (user === '') problems.push('the user is empty');
  else if (user.length > USER_LIMIT) problems.push(`the user must be no more than ${USER_LIMIT} characters`);
  else if (/^[. ]+$/.test(user)) problems.push('the user must not be only dots and spaces');
  else if (/["/\\[\]:;|=,+*?<>@]/.test(user)) problems.push('the user contains a character that is not allowed');
  return problems;
};

export const checkWindows = (context: JsonObject, path: string, report: Report): void => {
  const options = recordAt(context, 'windowsOptions');
  if (!options) return;
  const at = `${path}.windowsOptions`;
  if (has(options, 'gmsaCredentialSpecName')) {
    const name = textAt(options, 'gmsaCredentialSpecName');
    report.invalidAll(`${at}.gmsaCredentialSpecName`, name, checkSubdomain(name));
  }
  if (has(options, 'gmsaCredentialSpec')) {
    const spec = textAt(options, 'gmsaCredentialSpec');
    if (spec === '') report.invalid(`${at}.gmsaCredentialSpec`, spec, 'must not be empty');
    if (spec.length > 64 * 1024) report.invalid(`${at}.gmsaCredentialSpec`, '…', 'must be no more than 64 KiB');
  }
  if (has(options, 'runAsUserName')) {
    const user = textAt(options, 'runAsUserName');
    report.invalidAll(`${at}.runAsUserName`, user, checkUser(user));
  }
};

const hostProcessOf = (object: JsonObject | undefined): unknown =>
  recordAt(recordAt(object, 'securityContext'), 'windowsOptions')?.['hostProcess'];

/** A pod's containers are all HostProcess containers, or none is. */
export const checkHostProcess = (spec: JsonObject, path: string, report: Report): void => {
  const whole = hostProcessOf(spec);
  let some = whole === true;
  let none = true;
  for (const list of ['containers', 'initContainers'])
    for (const [i, container] of itemsAt(spec, list)) {
      const own = hostProcessOf(container);
      const at = `${path}.${list}[${i}].securityContext.windowsOptions.hostProcess`;
      if (whole !== undefined && own !== undefined && whole !== own) report.invalid(at, own, `the pod says ${whole}`);
      const effective = (own ?? whole) === true;
      some ||= effective;
      none &&= !effective;
    }
  const containers = ['containers', 'initContainers'].flatMap((list) => itemsAt(spec, list));
  if (!some) return;
  const all = containers.every(([, container]) => (hostProcessOf(container) ?? whole) === true);
  if (!all && !none) report.invalid(path, '', 'all containers are HostProcess containers, or none is');
  if (spec['hostNetwork'] !== true) report.invalid(`${path}.hostNetwork`, false, 'must be true with HostProcess containers');
};

const POD_FIELDS = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'];
const POD_CONTEXT = [
  ...['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls', 'runAsUser', 'runAsGroup'],
  ...['supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'],
];
const CONTAINER_CONTEXT = [
  ...['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged'],
  ...['allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'],
];

const forbidFields = (object: JsonObject | undefined, fields: readonly string[], path: string, os: string, report: Report): void => {
  for (const field of fields) if (has(object, field)) report.forbidden(`${path}.${field}`, `not for a ${os} pod`);
};

/** spec.os, and what the other system has. */
export const checkOs = (spec: JsonObject, path: string, report: Report): void => {
  const os = recordAt(spec, 'os');
  const name = textAt(os, 'name');
  if (!os) return;
  if (name === '') report.required(`${path}.os.name`);
  else if (name !== 'linux' && name !== 'windows') report.notSupported(`${path}.os`, name, ['linux', 'windows']);
  const windows = name === 'windows';
  if (name !== 'linux' && !windows) return;
  if (windows) forbidFields(spec, POD_FIELDS, path, name, report);
  forbidFields(recordAt(spec, 'securityContext'), windows ? POD_CONTEXT : ['windowsOptions'], `${path}.securityContext`, name, report);
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'])
    for (const [i, container] of itemsAt(spec, list)) {
      const context = recordAt(container, 'securityContext');
      const fields = windows ? CONTAINER_CONTEXT : ['windowsOptions'];
      forbidFields(context, fields, `${path}.${list}[${i}].securityContext`, name, report);
    }
};
