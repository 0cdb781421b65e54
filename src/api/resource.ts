/** How the API names a kind in paths and messages. */
import { kindOf, resourceOfKind } from './kinds.ts';
import type { Resource } from './status.ts';

export const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
};

/** `{group: 'apps', plural: 'deployments', kind: 'Deployment'}`, also for kinds nobody knows. */
export const resourceOf = (apiVersion: string, kind: string): Resource => {
  const info = kindOf(apiVersion, kind);
  return info ? resourceOfKind(info) : { group: groupOf(apiVersion), plural: `${kind.toLowerCase()}s`, kind };
};
