/** Kubernetes 1.36's defaults: what the API server adds to an object before it validates and stores it. */
import { defaultClaim } from './defaults/claim.ts';
import { defaultPod, defaultPodSpec } from './defaults/pod.ts';
import { defaultService } from './defaults/service.ts';
import { ensureRecord, setDefault } from './defaults/set.ts';
import { recordAt, stringsAt, wordsAt } from './fields.ts';
import type { JsonObject } from './json.ts';
import { kindOf } from './kinds.ts';
import { normalForm } from './normal-form.ts';
import type { KubeObject } from './objects.ts';

const addFinalizer = (object: KubeObject, finalizer: string): void => {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
};

const defaultTemplate = (spec: JsonObject): void => {
  const template = ensureRecord(spec, 'template');
  ensureRecord(template, 'metadata');
  defaultPodSpec(ensureRecord(template, 'spec'));
};

const defaultDeployment = (spec: JsonObject): void => {
  setDefault(spec, 'replicas', 1);
  setDefault(spec, 'revisionHistoryLimit', 10);
  setDefault(spec, 'progressDeadlineSeconds', 600);
  const strategy = ensureRecord(spec, 'strategy');
  setDefault(strategy, 'type', 'RollingUpdate');
  if (strategy['type'] === 'RollingUpdate') {
    const rolling = ensureRecord(strategy, 'rollingUpdate');
    setDefault(rolling, 'maxSurge', '25%');
    setDefault(rolling, 'maxUnavailable', '25%');
  }
  defaultTemplate(spec);
};

/** stringData is write-only: its values end up in data. */
const defaultSecret = (secret: KubeObject): void => {
  setDefault(secret, 'type', 'Opaque');
  const texts = Object.entries(wordsAt(secret, 'stringData'));
  delete secret['stringData'];
  if (texts.length === 0) return;
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')] as const);
  secret['data'] = { ...recordAt(secret, 'data'), ...Object.fromEntries(encoded) };
};

const defaultNamespace = (namespace: KubeObject): void => {
  const { name } = namespace.metadata;
  if (name !== undefined) namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': name };
  const spec = ensureRecord(namespace, 'spec');
  if (!stringsAt(spec, 'finalizers').includes('kubernetes')) spec['finalizers'] = [...stringsAt(spec, 'finalizers'), 'kubernetes'];
};

const withSpec = (set: (spec: JsonObject) => void) => (object: KubeObject) => set(ensureRecord(object, 'spec'));

const SETTERS: Readonly<Record<string, (object: KubeObject) => void>> = {
  'v1 Pod': defaultPod,
  'v1 Namespace': defaultNamespace,
  'v1 Secret': defaultSecret,
  'v1 Service': withSpec(defaultService),
  'v1 PersistentVolumeClaim': (object) => {
    withSpec(defaultClaim)(object);
    // put on when it is made; taken off once, it must not come back
    if (object.metadata.uid === undefined) addFinalizer(object, 'kubernetes.io/pvc-protection');
  },
  'apps/v1 Deployment': withSpec(defaultDeployment),
  'apps/v1 ReplicaSet': withSpec((spec) => {
    setDefault(spec, 'replicas', 1);
    defaultTemplate(spec);
  }),
};

/**
 * A new object in the server's form: nulls and unknown fields gone, quantities in the server's spelling, defaults filled in
 * (`namespace` is `default` if not given). Kinds without defaults come back in that form only. Idempotent.
 */
export const withDefaults = (object: KubeObject): KubeObject => {
  const result = normalForm(object);
  if (kindOf(object.apiVersion, object.kind)?.namespaced) setDefault(result.metadata as JsonObject, 'namespace', 'default');
  SETTERS[`${object.apiVersion} ${object.kind}`]?.(result);
  return result;
};
