/** Security contexts of pods and containers. */
import { flagAt, has, itemsAt, numberAt, recordAt, stringsAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkDescending } from './path.ts';
import type { Report } from './report.ts';
import { checkWindows } from './windows.ts';

const MAX_ID = 2 ** 31 - 1;
const checkId = (object: JsonObject, field: string, path: string, report: Report): void => {
  const id = numberAt(object, field);
  if (id !== undefined && (id < 0 || id > MAX_ID)) report.invalid(`${path}.${field}`, id, `must be between 0 and ${MAX_ID}`);
};

const PROFILES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

const checkSeccomp = (context: JsonObject, path: string, report: Report): void => {
  const profile = recordAt(context, 'seccompProfile');
  if (!profile) return;
  const at = `${path}.seccompProfile`;
  const [type, file] = [textAt(profile, 'type'), textAt(profile, 'localhostProfile')];
  report.oneOf(`${at}.type`, type, PROFILES);
  if (type === 'Localhost') {
    if (file === '') report.required(`${at}.localhostProfile`);
    else report.invalidAll(`${at}.localhostProfile`, file, checkDescending(file));
  } else if (has(profile, 'localhostProfile')) report.invalid(`${at}.localhostProfile`, file, 'only for type: Localhost');
};

const PROFILE_LIMIT = 4095;
const checkAppArmor = (context: JsonObject, path: string, report: Report): void => {
  const profile = recordAt(context, 'appArmorProfile');
  if (!profile) return;
  const at = `${path}.appArmorProfile`;
  const [type, name] = [textAt(profile, 'type'), textAt(profile, 'localhostProfile')];
  report.oneOf(`${at}.type`, type, PROFILES);
  if (type !== 'Localhost') {
    if (has(profile, 'localhostProfile')) report.invalid(`${at}.localhostProfile`, name, 'only for type: Localhost');
  } else if (name.trim() === '') report.required(`${at}.localhostProfile`);
  else if (name !== name.trim()) report.invalid(`${at}.localhostProfile`, name, 'has spaces around it');
  else if (name.length > PROFILE_LIMIT) report.tooLong(`${at}.localhostProfile`, PROFILE_LIMIT);
};

const checkProcMount = (context: JsonObject, path: string, hostUsers: boolean, report: Report): void => {
  const mount = context['procMount'];
  if (mount === undefined) return;
  report.oneOf(`${path}.procMount`, mount, ['Default', 'Unmasked']);
  if (mount === 'Unmasked' && hostUsers) report.invalid(`${path}.procMount`, mount, 'Unmasked needs hostUsers: false');
};

const checkEscalation = (context: JsonObject, path: string, report: Report): void => {
  if (context['allowPrivilegeEscalation'] !== false) return;
  if (flagAt(context, 'privileged'))
    report.invalid(path, context['allowPrivilegeEscalation'], 'privileged: true always allows privilege escalation');
  if (stringsAt(recordAt(context, 'capabilities'), 'add').includes('CAP_SYS_ADMIN'))
    report.invalid(path, context['allowPrivilegeEscalation'], 'CAP_SYS_ADMIN always allows privilege escalation');
};

export const checkContainerSecurity = (context: JsonObject | undefined, path: string, hostUsers: boolean, report: Report): void => {
  if (!context) return;
  checkId(context, 'runAsUser', path, report);
  checkId(context, 'runAsGroup', path, report);
  checkProcMount(context, path, hostUsers, report);
  checkSeccomp(context, path, report);
  checkEscalation(context, path, report);
  checkWindows(context, path, report);
  checkAppArmor(context, path, report);
};

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const IPC = /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.)/;

const checkSysctls = (spec: JsonObject, context: JsonObject, path: string, report: Report): void => {
  const names = new Set<string>();
  for (const [i, sysctl] of itemsAt(context, 'sysctls')) {
    const at = `${path}.sysctls[${i}].name`;
    const name = textAt(sysctl, 'name');
    const dotted = name.replaceAll('/', '.');
    if (name === '') report.required(at);
    else if (name.length > 253 || !SYSCTL.test(name)) report.invalid(at, name, 'is not the name of a sysctl');
    else if (names.has(dotted)) report.duplicate(at, name);
    if (flagAt(spec, 'hostNetwork') && dotted.startsWith('net.')) report.invalid(at, name, 'not with hostNetwork: true');
    if (flagAt(spec, 'hostIPC') && IPC.test(dotted)) report.invalid(at, name, 'not with hostIPC: true');
    names.add(dotted);
  }
};

/** `path` is that of the PodSpec. */
export const checkPodSecurity = (spec: JsonObject, specPath: string, report: Report): void => {
  const path = `${specPath}.securityContext`;
  const context = recordAt(spec, 'securityContext') ?? {};
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup']) checkId(context, field, path, report);
  const groups = Array.isArray(context['supplementalGroups']) ? context['supplementalGroups'] : [];
  for (const [i, id] of groups.entries())
    if (typeof id === 'number' && (id < 0 || id > MAX_ID))
      report.invalid(`${path}.supplementalGroups[${i}]`, id, `must be between 0 and ${MAX_ID}`);
  if (flagAt(spec, 'shareProcessNamespace') && flagAt(spec, 'hostPID'))
    report.invalid(`${path}.shareProcessNamespace`, true, 'shareProcessNamespace and hostPID exclude each other');
  checkSysctls(spec, context, path, report);
  report.oneOf(
    `${path}.fsGroupChangePolicy`,
    context['fsGroupChangePolicy'],
    ['Always', 'OnRootMismatch'],
    has(context, 'fsGroupChangePolicy'),
  );
  report.oneOf(`${path}.seLinuxChangePolicy`, context['seLinuxChangePolicy'], ['Recursive'], has(context, 'seLinuxChangePolicy'));
  report.oneOf(
    `${path}.supplementalGroupsPolicy`,
    context['supplementalGroupsPolicy'],
    ['Merge', 'Strict'],
    has(context, 'supplementalGroupsPolicy'),
  );
  checkSeccomp(context, path, report);
  checkWindows(context, path, report);
  checkAppArmor(context, path, report);
};
