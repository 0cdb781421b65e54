/** What identifies an object; `namespace` is absent for cluster-scoped kinds. */
import type { KubeObject } from '../api/objects.ts';

export interface ObjectKey {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
}

export const keyOf = (object: KubeObject): ObjectKey => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  namespace: object.metadata.namespace,
  name: object.metadata.name ?? '',
});
