/** Which ReplicaSet is of which revision: template hash, revision numbers and the annotations that keep them. */
import { sameJson, stableJson } from '../../api/json.ts';
import { lastAppliedAnnotation } from '../../api/merge.ts';
import { safeEncode } from '../../api/name.ts';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../api/objects.ts';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
const HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';
/** Of a Deployment's annotations these are not its ReplicaSets'. */
const OWN = new Set([lastAppliedAnnotation, REVISION, HISTORY, DESIRED, MAX, 'deprecated.deployment.rollback.to']);
const HISTORY_LENGTH = 2000;

type Annotations = Record<string, string>;

const fnv32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

/** Equal templates give equal hashes; another `collisions` gives another one. */
export const templateHash = (template: PodTemplateSpec, collisions = 0): string =>
  safeEncode(String(fnv32(stableJson(template) + (collisions > 0 ? `#${collisions}` : ''))));

const withoutHash = (template: PodTemplateSpec | undefined): unknown => {
  const { [HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
};

/** The same but for the label that a Deployment adds. */
export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean =>
  sameJson(withoutHash(a), withoutHash(b));

export const revisionOf = (object: { metadata: { annotations?: Annotations } }): number =>
  Number(object.metadata.annotations?.[REVISION] ?? 0) || 0;

export const highestRevision = (sets: readonly ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf));

const annotate = <T extends Deployment | ReplicaSet>(object: T, more: Annotations): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...more } },
});

export const withRevision = (d: Deployment, revision: string): Deployment => annotate(d, { [REVISION]: revision });

export interface Counts {
  desired: number;
  /** With surge. */
  max: number;
}
const count = (text: string | undefined): number | undefined => (text === undefined || !/^\d+$/.test(text) ? undefined : Number(text));

/** What the Deployment's size was when this ReplicaSet was last sized. */
export const ownCounts = (rs: ReplicaSet): Partial<Counts> => {
  const [desired, max] = [count(rs.metadata.annotations?.[DESIRED]), count(rs.metadata.annotations?.[MAX])];
  return { ...(desired === undefined ? {} : { desired }), ...(max === undefined ? {} : { max }) };
};

export const writeCounts = (rs: ReplicaSet, counts: Counts): ReplicaSet =>
  annotate(rs, { [DESIRED]: String(counts.desired), [MAX]: String(counts.max) });

/** Old numbers of a ReplicaSet that is rolled back to, the oldest dropped where they grow too long. */
const appendHistory = (history: string | undefined, revision: number): string => {
  const numbers = [...(history ? history.split(',') : []), String(revision)];
  while (numbers.join(',').length > HISTORY_LENGTH) numbers.shift();
  return numbers.join(',');
};

/** The Deployment's annotations and, when it is higher, the new revision. The same object when nothing changes. */
export const withRevisionOf = (d: Deployment, rs: ReplicaSet, revision: number): ReplicaSet => {
  const copied = Object.entries(d.metadata.annotations ?? {}).filter(
    ([key, value]) => !OWN.has(key) && rs.metadata.annotations?.[key] !== value,
  );
  const old = revisionOf(rs);
  const renumbered: Annotations = {};
  if (old < revision) {
    renumbered[REVISION] = String(revision);
    if (old > 0) renumbered[HISTORY] = appendHistory(rs.metadata.annotations?.[HISTORY], old);
  }
  const more = { ...Object.fromEntries(copied), ...renumbered };
  return Object.keys(more).length > 0 ? annotate(rs, more) : rs;
};
