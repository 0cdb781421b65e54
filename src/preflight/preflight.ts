/** What a manifest needs of the world, checked before anything is made. All findings in one run. Pure. */
import type { Container, KubeObject } from '../api/objects.ts';
import { type Finding, finding } from './finding.ts';
import { portFindings } from './ports.ts';
import { finder, referenceFindings } from './references.ts';
import { otherPods, type Workload, workloadsOf } from './workload.ts';
import type { PathKind, World } from './world.ts';

const imageFinding = (container: Container, world: World): string | undefined => {
  if (container.image === undefined) return undefined;
  const { image } = container;
  const facts = world.image(image);
  if (facts.invalid !== undefined) return `"${image}" is not an image name: ${facts.invalid}`;
  if (facts.present) return undefined;
  if (facts.local) return `"${image}" is not here, and localhost/ images are never pulled (podstead build -t ${image} makes it)`;
  return container.imagePullPolicy === 'Never'
    ? `"${image}" is not here, and imagePullPolicy is Never (podstead pull ${image} gets it)`
    : undefined;
};

const imageFindings = (workload: Workload, world: World): Finding[] =>
  (['initContainers', 'containers'] as const).flatMap((list) =>
    (workload.spec[list] ?? []).flatMap((container, i) => {
      const fault = imageFinding(container, world);
      return fault ? [finding(workload, `${workload.at}spec.${list}[${i}].image`, fault)] : [];
    }),
  );

const WANTED: Readonly<Record<string, PathKind>> = {
  Directory: 'directory',
  DirectoryOrCreate: 'directory',
  File: 'file',
  FileOrCreate: 'file',
  Socket: 'socket',
  CharDevice: 'character device',
  BlockDevice: 'block device',
};

const article = (kind: PathKind): string => (kind === 'other' ? 'something else' : `a ${kind}`);

const pathFault = (path: string, type: string, kind: PathKind): string | undefined => {
  const wanted = WANTED[type];
  if (wanted === undefined || kind === wanted || kind === 'unreadable') return undefined;
  if (kind !== 'absent') return `${path} is ${article(kind)}, not ${article(wanted)}`;
  return type.endsWith('OrCreate') ? undefined : `${path} does not exist`;
};

const pathFindings = (workload: Workload, world: World): Finding[] =>
  (workload.spec.volumes ?? []).flatMap((volume, i) => {
    const { path, type = '' } = volume.hostPath ?? {};
    const fault = path === undefined ? undefined : pathFault(path, type, world.paths.get(path) ?? 'unreadable');
    return fault ? [finding(workload, `${workload.at}spec.volumes[${i}].hostPath.path`, fault)] : [];
  });

/** The first workload that no longer fits into the range. */
const capacityFindings = (workloads: readonly Workload[], objects: readonly KubeObject[], world: World): Finding[] => {
  let pods = otherPods(objects, world.stored).filter((pod) => !pod.spec.hostNetwork).length;
  for (const workload of workloads) {
    if (workload.spec.hostNetwork) continue;
    pods += workload.pods;
    if (pods <= world.capacity) continue;
    const field = workload.at === '' ? '' : 'spec.replicas';
    const message = `${pods} pods in all, but ${world.range} has addresses for ${world.capacity} (PODSTEAD_POD_CIDR sets another range)`;
    return [finding(workload, field, message)];
  }
  return [];
};

/** In the order of the manifest. `objects` are validated; defaults and namespaces filled in. */
export const preflight = (objects: readonly KubeObject[], world: World): Finding[] => {
  const workloads = workloadsOf(objects);
  const find = finder(objects, world.stored);
  const findings = [
    ...workloads.flatMap((workload) => [
      ...imageFindings(workload, world),
      ...referenceFindings(workload, find),
      ...pathFindings(workload, world),
    ]),
    ...portFindings(workloads, objects, world),
    ...capacityFindings(workloads, objects, world),
  ];
  return findings.toSorted((a, b) => a.index - b.index);
};
