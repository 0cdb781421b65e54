/** What a container mounts. */
import { flagAt, has, itemsAt, recordAt, recordsAt, textAt } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { checkDescending, checkNoBacksteps } from './path.ts';
import type { Report } from './report.ts';

export interface MountContext {
  volumes: ReadonlyMap<string, JsonObject>;
  /** spec.hostUsers is not false. */
  hostUsers: boolean;
}

const checkPropagation = (mount: JsonObject, container: JsonObject, path: string, report: Report): void => {
  const mode = mount['mountPropagation'];
  if (mode === undefined) return;
  report.oneOf(path, mode, ['Bidirectional', 'HostToContainer', 'None']);
  if (mode === 'Bidirectional' && !flagAt(recordAt(container, 'securityContext'), 'privileged'))
    report.forbidden(path, 'Bidirectional is for privileged containers');
};

const checkRecursive = (mount: JsonObject, path: string, report: Report): void => {
  const mode = mount['recursiveReadOnly'];
  if (mode === undefined) return;
  report.oneOf(path, mode, ['Disabled', 'Enabled', 'IfPossible']);
  if (mode !== 'Enabled' && mode !== 'IfPossible') return;
  if (!flagAt(mount, 'readOnly')) report.forbidden(path, 'needs readOnly: true');
  const propagation = mount['mountPropagation'];
  if (propagation !== undefined && propagation !== 'None') report.forbidden(path, 'needs mountPropagation: None');
};

export const checkMounts = (container: JsonObject, path: string, { volumes }: MountContext, report: Report): void => {
  const devices = recordsAt(container, 'volumeDevices');
  const list = `${path}.volumeMounts`;
  const seen = new Set<string>();
  for (const [i, mount] of itemsAt(container, 'volumeMounts')) {
    const at = `${list}[${i}]`;
    const [name, target, sub] = [textAt(mount, 'name'), textAt(mount, 'mountPath'), textAt(mount, 'subPath')];
    if (name === '') report.required(`${at}.name`);
    if (!volumes.has(name)) report.notFound(`${at}.name`, name, 'not in spec.volumes, or wrong there');
    if (target === '') report.required(`${at}.mountPath`);
    if (seen.has(target)) report.invalid(`${at}.mountPath`, target, 'two volumes are mounted there');
    seen.add(target);
    if (devices.some((device) => textAt(device, 'name') === name)) report.invalid(`${at}.name`, name, 'is already in volumeDevices');
    if (devices.some((device) => textAt(device, 'devicePath') === target))
      report.invalid(`${at}.mountPath`, target, 'is already in volumeDevices');
    if (sub !== '') report.at(`${at}.subPath`, () => report.invalidAll(`${list}.subPath`, sub, checkDescending(sub)));
    const expression = textAt(mount, 'subPathExpr');
    if (expression !== '' && sub !== '') report.invalid(`${at}.subPathExpr`, expression, 'subPath and subPathExpr exclude each other');
    if (expression !== '')
      report.at(`${at}.subPathExpr`, () => report.invalidAll(`${list}.subPathExpr`, expression, checkDescending(expression)));
    report.at(`${at}.mountPropagation`, () => checkPropagation(mount, container, `${list}.mountPropagation`, report));
    report.at(`${at}.recursiveReadOnly`, () => checkRecursive(mount, `${list}.recursiveReadOnly`, report));
  }
};

const isClaim = (volume: JsonObject) => has(volume, 'persistentVolumeClaim') || has(volume, 'ephemeral');

export const checkDevices = (container: JsonObject, path: string, { volumes, hostUsers }: MountContext, report: Report): void => {
  const mounts = recordsAt(container, 'volumeMounts');
  const devices = itemsAt(container, 'volumeDevices');
  const [names, paths] = [new Set<string>(), new Set<string>()];
  if (devices.length > 0 && !hostUsers) report.forbidden(`${path}.volumeDevices`, 'hostUsers: false allows none');
  for (const [i, device] of devices) {
    const at = `${path}.volumeDevices[${i}]`;
    const [name, target] = [textAt(device, 'name'), textAt(device, 'devicePath')];
    const volume = volumes.get(name);
    if (name === '') report.required(`${at}.name`);
    if (names.has(name)) report.invalid(`${at}.name`, name, 'is here twice');
    if (volume === undefined) report.notFound(`${at}.name`, name, 'not in spec.volumes, or wrong there');
    else if (!isClaim(volume)) report.invalid(`${at}.name`, name, 'only claims can be block devices');
    if (target === '') report.required(`${at}.devicePath`);
    if (paths.has(target)) report.invalid(`${at}.devicePath`, target, 'is here twice');
    report.invalidAll(`${at}.devicePath`, target, checkNoBacksteps(target));
    if (mounts.some((mount) => textAt(mount, 'name') === name)) report.invalid(`${at}.name`, name, 'is already in volumeMounts');
    if (mounts.some((mount) => textAt(mount, 'mountPath') === target))
      report.invalid(`${at}.devicePath`, target, 'is already in volumeMounts');
    names.add(name);
    paths.add(target);
  }
};
