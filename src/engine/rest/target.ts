/** What a Kubernetes path means: a kind, perhaps a namespace, a name and a subresource. Pure. */
import { type KindInfo, kindByPlural } from '../../api/kinds.ts';
import { pathNotFound } from '../../api/status.ts';
import type { ObjectKey } from '../../store/store.ts';

export interface Target {
  info: KindInfo;
  namespace?: string;
  name?: string;
  subresource?: string;
}

const apiOf = (segments: readonly string[]): { apiVersion: string; rest: readonly string[] } => {
  const [root, first = '', second = ''] = segments;
  if (root === 'api' && first === 'v1') return { apiVersion: 'v1', rest: segments.slice(2) };
  if (root === 'apis' && segments.length > 3) return { apiVersion: `${first}/${second}`, rest: segments.slice(3) };
  throw pathNotFound();
};

/** Throws NotFound (404). */
export const targetOf = (segments: readonly string[]): Target => {
  const { apiVersion, rest } = apiOf(segments);
  const [first, namespace, plural] = rest;
  const inNamespace = first === 'namespaces' && plural !== undefined && kindByPlural(apiVersion, plural)?.namespaced === true;
  const [resource = '', name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
  const info = kindByPlural(apiVersion, resource);
  if (!info?.supported || more.length > 0) throw pathNotFound();
  if (info.namespaced && name !== undefined && !inNamespace) throw pathNotFound();
  return {
    info,
    ...(inNamespace && namespace !== undefined ? { namespace } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
};

export const keyOfTarget = ({ info, namespace, name = '' }: Target): ObjectKey => ({
  apiVersion: info.apiVersion,
  kind: info.kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
