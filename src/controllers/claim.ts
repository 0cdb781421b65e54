/** PersistentVolumeClaim: a directory of its own, so it is bound at once; it outlives every pod that uses it. */
import type { PersistentVolumeClaim, Pod } from '../api/objects.ts';
import { type Change, plain, tell } from './change.ts';
import { isFinished } from './pod-rank.ts';

export const STORAGE_CLASS = 'podstead';
/** Keeps a claim until no pod uses it any more. */
export const PROTECTION = 'kubernetes.io/pvc-protection';
/** `Retain` or `Delete` (the default, as of volumes that a class makes). */
export const RECLAIM_ANNOTATION = 'podstead.dev/reclaim-policy';

export type ReclaimPolicy = 'Delete' | 'Retain';
/** What becomes of the data when the claim is deleted. */
export const reclaimPolicy = (claim: Pick<PersistentVolumeClaim, 'metadata'>): ReclaimPolicy =>
  claim.metadata.annotations?.[RECLAIM_ANNOTATION] === 'Retain' ? 'Retain' : 'Delete';

/** Claim names a pod uses; those of ephemeral volumes are named after pod and volume. */
export const claimNames = (pod: Pod): string[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${pod.metadata.name}-${volume.name}`] : [];
  });

const usedBy = (claim: PersistentVolumeClaim, pods: readonly Pod[]): Pod | undefined =>
  pods.find(
    (pod) => !isFinished(pod) && pod.metadata.namespace === claim.metadata.namespace && claimNames(pod).includes(claim.metadata.name),
  );

const bind = (claim: PersistentVolumeClaim): Change[] => {
  const volumeName = claim.spec?.volumeName ?? `pvc-${claim.metadata.uid}`;
  const spec = { ...claim.spec, storageClassName: claim.spec?.storageClassName ?? STORAGE_CLASS, volumeName };
  const bound = { ...claim, spec };
  const status = {
    phase: 'Bound',
    ...(spec.accessModes ? { accessModes: spec.accessModes } : {}),
    ...(spec.resources?.requests ? { capacity: { ...spec.resources.requests } } : {}),
  };
  return [
    { do: 'update', object: plain(bound), why: 'a volume is there at once' },
    { do: 'updateStatus', object: plain({ ...bound, status }), why: 'a volume is there at once' },
    tell(claim, { type: 'Normal', reason: 'ProvisioningSucceeded', message: `Successfully provisioned volume ${volumeName}` }),
  ];
};

const unprotect = (claim: PersistentVolumeClaim): Change[] => {
  const finalizers = (claim.metadata.finalizers ?? []).filter((f) => f !== PROTECTION);
  const { finalizers: before, ...metadata } = claim.metadata;
  if (before?.length === finalizers.length || before === undefined) return [];
  const object = { ...claim, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata };
  return [{ do: 'update', object: plain(object), why: 'no pod uses it any more' }];
};

export interface ClaimView {
  /** All pods of its namespace. */
  pods: readonly Pod[];
}

export const reconcileClaim = (claim: PersistentVolumeClaim, view: ClaimView): Change[] => {
  if (claim.metadata.deletionTimestamp !== undefined) return usedBy(claim, view.pods) ? [] : unprotect(claim);
  return claim.status?.phase === 'Bound' ? [] : bind(claim);
};
