/** The order in which objects are made: what others need comes first. */
import type { KubeObject } from '../api/objects.ts';

const RANKS: readonly string[] = ['Namespace', 'PersistentVolumeClaim', 'ConfigMap', 'Secret', 'Service'];

const rank = (object: KubeObject): number => {
  const at = RANKS.indexOf(object.kind);
  if (at < 0) return RANKS.length;
  return object.kind === 'Secret' ? RANKS.indexOf('ConfigMap') : at;
};

/** A new list; objects of equal rank keep their order. */
export const inOrder = (objects: readonly KubeObject[]): KubeObject[] => objects.toSorted((a, b) => rank(a) - rank(b));
