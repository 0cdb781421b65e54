/** What an object was before a play changed it. Pure. */
import { sameJson } from '../../api/json.ts';
import type { KubeObject, ObjectMeta, Stored } from '../../api/objects.ts';
import { prepareUpdate } from '../../api/update.ts';
import { isClaim } from './ending.ts';

/** What is kept of it in the undo list: no status, and no field that only the system writes. */
export const remembered = ({ status: _, ...object }: Stored): KubeObject => {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = object.metadata;
  return {
    ...object,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  } as KubeObject;
};

/** Annotations that controllers write, and know better. */
const isControllers = (annotation: string): boolean => annotation.startsWith('deployment.kubernetes.io/');

const formerAnnotations = (live: ObjectMeta, before: ObjectMeta): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(before.annotations ?? {}).filter(([key]) => !isControllers(key))),
  ...Object.fromEntries(Object.entries(live.annotations ?? {}).filter(([key]) => isControllers(key))),
});

/** The list as it is now, without what the play put into it. */
const withoutAdded = <T>(live: readonly T[] = [], played: readonly T[] = [], before: readonly T[] = []): T[] => {
  const among = (list: readonly T[], item: T) => list.some((other) => sameJson(other, item));
  return live.filter((item) => !among(played, item) || among(before, item));
};

const formerMetadata = (live: ObjectMeta, before: ObjectMeta, played: ObjectMeta): ObjectMeta => {
  const { labels: _, annotations: __, finalizers: ___, ownerReferences: ____, ...rest } = live;
  const annotations = formerAnnotations(live, before);
  const finalizers = withoutAdded(live.finalizers, played.finalizers, before.finalizers);
  const ownerReferences = withoutAdded(live.ownerReferences, played.ownerReferences, before.ownerReferences);
  return {
    ...rest,
    ...(before.labels ? { labels: before.labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(finalizers.length > 0 ? { finalizers } : {}),
    ...(ownerReferences.length > 0 ? { ownerReferences } : {}),
  };
};

/** What the system has chosen for a claim meanwhile stays chosen. */
const withVolume = (live: KubeObject, former: KubeObject): KubeObject => {
  if (!isClaim(live)) return former;
  const { volumeName, storageClassName } = live['spec'] as { volumeName?: string; storageClassName?: string };
  const chosen = { ...(volumeName === undefined ? {} : { volumeName }), ...(storageClassName === undefined ? {} : { storageClassName }) };
  return { ...former, spec: { ...(former['spec'] as object), ...chosen } };
};

/** `live` with everything that an object of the play (`played`) may have changed as it was `before`. Status and system fields stay. */
export const formerly = (live: Stored, before: KubeObject, played: KubeObject | undefined): KubeObject => {
  const metadata = formerMetadata(live.metadata, before.metadata, played?.metadata ?? {});
  return withVolume(live, prepareUpdate(live, { ...before, metadata }));
};
