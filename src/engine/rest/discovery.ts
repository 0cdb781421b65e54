/** What the API says of itself. Pure. */
import { type KindInfo, supportedKinds } from '../../api/kinds.ts';
import { pathNotFound } from '../../api/status.ts';
import { isScalable } from '../registry/scale.ts';

const groupVersions = [...new Set(supportedKinds.map((info) => info.apiVersion))].filter((v) => v !== 'v1');

const versionOf = (apiVersion: string) => ({ groupVersion: apiVersion, version: apiVersion.slice(apiVersion.indexOf('/') + 1) });

const groupsOf = () =>
  [...new Set(groupVersions.map((v) => v.slice(0, v.indexOf('/'))))].map((name) => {
    const versions = groupVersions.filter((v) => v.startsWith(`${name}/`)).map(versionOf);
    return { name, versions, preferredVersion: versions[0] };
  });

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** Kinds whose status is written through its own path. */
export const hasStatus = ({ kind }: KindInfo): boolean => !['ConfigMap', 'Secret', 'Event'].includes(kind);

const resourcesOf = (info: KindInfo): object[] => {
  const { plural: name, singular: singularName, namespaced, kind, shortNames } = info;
  const sub = { singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
  return [
    { name, singularName, namespaced, kind, verbs: VERBS, ...(shortNames.length > 0 ? { shortNames } : {}) },
    ...(hasStatus(info) ? [{ ...sub, name: `${name}/status` }] : []),
    ...(isScalable(kind) ? [{ ...sub, name: `${name}/scale`, kind: 'Scale', group: 'autoscaling', version: 'v1' }] : []),
  ];
};

const resourceList = (groupVersion: string) => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: supportedKinds.filter((info) => info.apiVersion === groupVersion).flatMap(resourcesOf),
});

/** The Kubernetes version whose API this is. */
export const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+podstead',
  platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** By the segments of the path; undefined for anything that is not discovery. Throws NotFound (404). */
export const discovery = (segments: readonly string[]): object | undefined => {
  const [root, group, version] = segments;
  if (segments.length === 1 && root === 'version') return VERSION;
  if (segments.length === 1 && root === 'api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (segments.length === 2 && root === 'api' && group === 'v1') return resourceList('v1');
  if (root !== 'apis' || segments.length > 3) return undefined;
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf() };
  const known = groupsOf().find((g) => g.name === group);
  if (!known) throw pathNotFound();
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...known };
  if (!known.versions.some((v) => v.version === version)) throw pathNotFound();
  return resourceList(`${group}/${version}`);
};
