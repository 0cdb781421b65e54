/** The ReplicaSet of the template as it is now: found, or made. */
import type { LabelSelector, PodTemplateSpec, ReplicaSet } from '../../api/objects.ts';
import { plain, tell } from '../change.ts';
import { controllerRef } from '../ownership.ts';
import { conditionOf, type Draft, replaceSet, replicasOf, total, withCondition } from './draft.ts';
import {
  HASH_LABEL,
  highestRevision,
  REVISION,
  revisionOf,
  sameTemplate,
  templateHash,
  withRevision,
  withRevisionOf,
  writeCounts,
} from './revision.ts';
import { maxSurge } from './size.ts';

/** The oldest whose template is the Deployment's. */
export const findNewSet = (draft: Draft): ReplicaSet | undefined =>
  draft.sets.find((rs) => sameTemplate(rs.spec.template, draft.deployment.spec.template));

export const oldSets = (draft: Draft): ReplicaSet[] => {
  const current = findNewSet(draft);
  return draft.sets.filter((rs) => rs !== current);
};

/** So many may the new ReplicaSet have, given what the others have. */
export const newSetSize = (draft: Draft, current: number): number => {
  const wanted = replicasOf(draft.deployment);
  if (draft.deployment.spec.strategy?.type === 'Recreate') return wanted;
  const room = wanted + maxSurge(draft.deployment) - total(draft.sets);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
};

const hasDeadline = (draft: Draft): boolean => draft.deployment.spec.progressDeadlineSeconds !== undefined;

const progressing = (draft: Draft, reason: string, message: string): void => {
  if (!hasDeadline(draft)) return;
  const { deployment, now } = draft;
  draft.deployment = {
    ...deployment,
    status: withCondition(deployment.status, { type: 'Progressing', status: 'True', reason, message }, now),
  };
};

const withMinReady = (rs: ReplicaSet, seconds: number | undefined): ReplicaSet => {
  if ((rs.spec.minReadySeconds ?? 0) === (seconds ?? 0)) return rs;
  const { minReadySeconds: _, ...spec } = rs.spec;
  return { ...rs, spec: seconds ? { ...spec, minReadySeconds: seconds } : spec };
};

/** Brings numbers, annotations and minReadySeconds of the current ReplicaSet, and the Deployment's revision, up to date. */
const refresh = (draft: Draft, found: ReplicaSet): ReplicaSet => {
  const revision = highestRevision(oldSets(draft)) + 1;
  const rs = withMinReady(withRevisionOf(draft.deployment, found, revision), draft.deployment.spec.minReadySeconds);
  if (rs !== found) replaceSet(draft, rs, 'annotations or minReadySeconds differ from its Deployment');
  const number = rs.metadata.annotations?.[REVISION] ?? '1';
  if (draft.deployment.metadata.annotations?.[REVISION] !== number) draft.deployment = withRevision(draft.deployment, number);
  if (!conditionOf(draft.deployment.status, 'Progressing'))
    progressing(draft, 'FoundNewReplicaSet', `Found new replica set "${rs.metadata.name}"`);
  return rs;
};

const withHash = (labels: Record<string, string> | undefined, hash: string) => ({ ...labels, [HASH_LABEL]: hash });
const selectorWithHash = (selector: LabelSelector, hash: string): LabelSelector => ({
  ...selector,
  matchLabels: withHash(selector.matchLabels, hash),
});
const templateWithHash = (template: PodTemplateSpec, hash: string): PodTemplateSpec => ({
  ...template,
  metadata: { ...template.metadata, labels: withHash(template.metadata?.labels, hash) },
});

/** A hash whose name is free; counts collisions with other templates. */
const freeHash = (draft: Draft): { hash: string; collisions: number } => {
  const { metadata, spec, status } = draft.deployment;
  for (let collisions = status?.collisionCount ?? 0; ; collisions++) {
    const hash = templateHash(spec.template, collisions);
    if (!draft.taken.has(`${metadata.name}-${hash}`)) return { hash, collisions };
  }
};

const make = (draft: Draft): ReplicaSet => {
  const { deployment } = draft;
  const { hash, collisions } = freeHash(draft);
  if (collisions > 0) draft.deployment = { ...deployment, status: { ...deployment.status, collisionCount: collisions } };
  const template = templateWithHash(deployment.spec.template, hash);
  const { minReadySeconds } = deployment.spec;
  const replicas = newSetSize(draft, 0);
  const bare: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels: { ...template.metadata?.labels },
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: selectorWithHash(deployment.spec.selector, hash),
      template,
    },
  };
  const wanted = replicasOf(deployment);
  const counted = writeCounts(bare, { desired: wanted, max: wanted + maxSurge(deployment) });
  return withRevisionOf(draft.deployment, counted, highestRevision(draft.sets) + 1);
};

/** The ReplicaSet of the current template; without `create` it may not exist. */
export const currentSet = (draft: Draft, create: boolean): ReplicaSet | undefined => {
  const found = findNewSet(draft);
  if (found) return refresh(draft, found);
  if (!create) return undefined;
  const rs = make(draft);
  const size = replicasOf(rs);
  draft.sets = [...draft.sets, rs];
  draft.changes.push({ do: 'create', object: plain(rs), why: 'no ReplicaSet has this template' });
  if (size > 0) {
    const message = `Scaled up replica set ${rs.metadata.name} from 0 to ${size}`;
    draft.changes.push(tell(draft.deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message }));
  }
  progressing(draft, 'NewReplicaSetCreated', `Created new replica set "${rs.metadata.name}"`);
  draft.deployment = withRevision(draft.deployment, String(revisionOf(rs)));
  return rs;
};
