/** A new object as it is stored: what the system gives it. Pure. */
import { generateName } from '../../api/name.ts';
import type { KubeObject, ObjectMeta, Pod } from '../../api/objects.ts';
import { withoutSystemFields } from '../../api/update.ts';
import { qosClass } from '../../kubelet/qos.ts';

/** Kinds whose generation counts the versions of their spec. */
const COUNTED = new Set(['v1 Pod', 'apps/v1 Deployment', 'apps/v1 ReplicaSet', 'podstead.dev/v1 Play']);

const firstStatus = (object: KubeObject): unknown => {
  switch (`${object.apiVersion} ${object.kind}`) {
    case 'v1 Pod':
      return { phase: 'Pending', qosClass: qosClass(object as Pod) };
    case 'v1 Namespace':
      return { phase: 'Active' };
    case 'v1 PersistentVolumeClaim':
      return { phase: 'Pending' };
    case 'v1 Service':
      return { loadBalancer: {} };
    case 'apps/v1 Deployment':
      return {};
    case 'apps/v1 ReplicaSet':
      return { replicas: 0 };
    default:
      return undefined;
  }
};

/** A name out of generateName where none is given. */
export const withName = (object: KubeObject, random: () => number): KubeObject => {
  const { name, generateName: prefix } = object.metadata;
  if ((name !== undefined && name !== '') || prefix === undefined || prefix === '') return object;
  return { ...object, metadata: { ...object.metadata, name: generateName(prefix, random) } };
};

/** With first status and generation; `object` has its defaults. */
export const prepareCreate = (object: KubeObject): KubeObject => {
  const bare = withoutSystemFields(object);
  const counted = COUNTED.has(`${object.apiVersion} ${object.kind}`);
  const metadata: ObjectMeta = counted ? { ...bare.metadata, generation: 1 } : bare.metadata;
  const status = firstStatus(object);
  return { ...bare, metadata, ...(status === undefined ? {} : { status }) };
};

/** There is one node: a pod that waits for nothing is on it from the start. */
export const bind = <T extends KubeObject>(object: T, nodeName: string | undefined): T => {
  if (nodeName === undefined || object.apiVersion !== 'v1' || object.kind !== 'Pod') return object;
  const spec = object['spec'] as Pod['spec'];
  if (spec.nodeName !== undefined || (spec.schedulingGates ?? []).length > 0) return object;
  return { ...object, spec: { ...spec, nodeName } };
};
