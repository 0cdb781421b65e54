/** The subresource scale of Deployments and ReplicaSets. Pure. */
import { numberAt, recordAt } from '../../api/fields.ts';
import type { KubeObject, LabelSelector, ObjectMeta, Stored } from '../../api/objects.ts';
import { formatSelector, fromLabelSelector } from '../../api/selector.ts';
import { invalid, pathNotFound } from '../../api/status.ts';

export interface Scale {
  apiVersion: 'autoscaling/v1';
  kind: 'Scale';
  metadata: ObjectMeta;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

export const isScalable = (kind: string): boolean => kind === 'Deployment' || kind === 'ReplicaSet';

/** Throws NotFound (404) for a kind without replicas. */
export const readScale = (object: Stored): Scale => {
  if (!isScalable(object.kind)) throw pathNotFound();
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const spec = recordAt(object, 'spec');
  const selector = spec?.['selector'] as LabelSelector | undefined;
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(spec, 'replicas') ?? 1 },
    status: {
      replicas: numberAt(recordAt(object, 'status'), 'replicas') ?? 0,
      ...(selector ? { selector: formatSelector(fromLabelSelector(selector)) } : {}),
    },
  };
};

/** Throws Invalid (422). */
export const withScale = (object: Stored, scale: Pick<Scale, 'metadata' | 'spec'>): KubeObject => {
  const replicas: unknown = scale.spec?.replicas ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0)
    throw invalid({ group: 'autoscaling', plural: 'scales', kind: 'Scale' }, object.metadata.name, [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.replicas',
        message: `Invalid value: ${JSON.stringify(replicas)}: must be a whole number, 0 or more`,
      },
    ]);
  const { resourceVersion: _, ...metadata } = object.metadata;
  const { uid, resourceVersion } = scale.metadata ?? {};
  const expected = { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { ...object, metadata: { ...metadata, ...expected }, spec: { ...recordAt(object, 'spec'), replicas } };
};
