/** What runs, as a manifest that plays again to the same: nothing that the server, a controller or podstead has put in. Pure. */
import { withDefaults } from '../api/defaults.ts';
import { PodsteadError } from '../api/errors.ts';
import { lastAppliedAnnotation } from '../api/merge.ts';
import type { Deployment, KubeObject, ObjectMeta, Pod, PodSpec } from '../api/objects.ts';
import { ANY_IPV4, PUBLISH_ANNOTATION, type PublishRule, parsePublish } from '../network/published.ts';
import { inOrder } from './field-order.ts';
import { pruneDefaults } from './prune.ts';

const OUR_ANNOTATION = /^podstead\.dev\//;
const SERVER_ANNOTATIONS = new Set([lastAppliedAnnotation, 'deployment.kubernetes.io/revision']);
/** Given and taken by the server. */
const SERVER_FINALIZERS = new Set(['foregroundDeletion', 'orphan', 'kubernetes.io/pvc-protection']);
/** Put by a ReplicaSet's maker; with it a pod played again would be adopted. */
const OWNER_LABELS = new Set(['pod-template-hash']);

type Words = Record<string, string>;
const without = (words: Words | undefined, dropped: (key: string) => boolean): Words | undefined => {
  const kept = Object.entries(words ?? {}).filter(([key]) => !dropped(key));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
};

/** `owned` objects carry labels of their owner. */
export const cleanMetadata = (metadata: ObjectMeta): ObjectMeta => {
  const { name, generateName, namespace } = metadata;
  const owned = (metadata.ownerReferences ?? []).length > 0;
  const labels = without(metadata.labels, (key) => owned && OWNER_LABELS.has(key));
  const annotations = without(metadata.annotations, (key) => OUR_ANNOTATION.test(key) || SERVER_ANNOTATIONS.has(key));
  const finalizers = (metadata.finalizers ?? []).filter((f) => !SERVER_FINALIZERS.has(f));
  return {
    ...(name === undefined ? (generateName === undefined ? {} : { generateName }) : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers.length > 0 ? { finalizers } : {}),
  };
};

const publishRules = (metadata: ObjectMeta | undefined): PublishRule[] => {
  const text = metadata?.annotations?.[PUBLISH_ANNOTATION];
  return text ? text.split(',').flatMap(parsePublish) : [];
};

type Ports = NonNullable<PodSpec['containers'][number]['ports']>;

const withRule = (ports: Ports, rule: PublishRule): Ports => {
  const index = ports.findIndex((port) => port.containerPort === rule.containerPort && (port.protocol ?? 'TCP') === rule.protocol);
  const host = { hostPort: rule.hostPort, ...(rule.hostIp === ANY_IPV4 ? {} : { hostIP: rule.hostIp }) };
  if (index < 0) return [...ports, { containerPort: rule.containerPort, ...host, protocol: rule.protocol }];
  return ports.map((port, i) => {
    if (i !== index) return port;
    const { hostIP: _, ...rest } = port;
    return { ...rest, ...host };
  });
};

/** `--publish` as what it stands for: hostPort of the container that has the port, else of the first one. */
const withPublished = (spec: PodSpec, rules: readonly PublishRule[]): PodSpec => {
  let containers = spec.containers;
  for (const rule of rules) {
    const has = containers.findIndex((c) =>
      c.ports?.some((p) => p.containerPort === rule.containerPort && (p.protocol ?? 'TCP') === rule.protocol),
    );
    const index = Math.max(0, has);
    containers = containers.map((c, i) => (i === index ? { ...c, ports: withRule(c.ports ?? [], rule) } : c));
  }
  return { ...spec, containers };
};

/** Of a pod: what scheduling and admission have filled in. */
const cleanPodSpec = (spec: PodSpec, metadata: ObjectMeta | undefined): PodSpec => {
  const { nodeName: _, ...rest } = withPublished(spec, publishRules(metadata));
  return rest;
};

const cleanPod = (pod: Pod): KubeObject => ({
  apiVersion: pod.apiVersion,
  kind: pod.kind,
  metadata: cleanMetadata(pod.metadata),
  spec: cleanPodSpec(pod.spec, pod.metadata),
});

const cleanDeployment = (deployment: Deployment): KubeObject => {
  const { template } = deployment.spec;
  return {
    apiVersion: deployment.apiVersion,
    kind: deployment.kind,
    metadata: cleanMetadata(deployment.metadata),
    spec: {
      ...deployment.spec,
      template: {
        ...template,
        metadata: cleanMetadata(template.metadata ?? {}),
        ...(template.spec ? { spec: cleanPodSpec(template.spec, template.metadata) } : {}),
      },
    },
  };
};

const CLEANERS: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  'v1 Pod': (object) => cleanPod(object as unknown as Pod),
  'apps/v1 Deployment': (object) => cleanDeployment(object as unknown as Deployment),
};

/** What a manifest of the object has to say, defaults included. Throws USAGE for kinds that are not exported. */
export const desiredState = (object: KubeObject): KubeObject => {
  const clean = CLEANERS[`${object.apiVersion} ${object.kind}`];
  if (clean) return withDefaults(clean(object));
  throw new PodsteadError('USAGE', `${object.kind} ${object.metadata.name}: only Pods and Deployments can be exported so far`, {
    remedy: 'podstead get KIND NAME -o yaml prints any object',
  });
};

/** Clean, short, ordered: `withDefaults` of each is the desired state of what came in. */
export const exportObjects = (objects: readonly KubeObject[]): KubeObject[] =>
  objects.map((object) => inOrder(pruneDefaults(desiredState(object))));
