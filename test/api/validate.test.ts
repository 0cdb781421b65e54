import assert from 'node:assert/strict';
import { withDefaults } from '../../src/api/defaults.ts';
import type { Fault } from '../../src/api/fault.ts';
import type { KubeObject } from '../../src/api/objects.ts';
import { checkStructure } from '../../src/api/structure.ts';
import { validateNew, validateObject, validateUpdate, validateWritten } from '../../src/api/validate.ts';

const words = (faults: readonly Fault[]) => faults.map((f) => `${f.field} ${f.reason.replace('FieldValue', '')}`);

/** Parts of a healthy pod, each of which a row may change. */
interface Scenario {
  meta: Record<string, unknown>;
  spec: Record<string, unknown>;
  container: Record<string, unknown>;
}
const podOf = ({ meta, spec, container }: Scenario): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta,
  spec: { ...spec, containers: [container] },
});
const healthy = (): Scenario => ({ meta: { name: 'p' }, spec: {}, container: { name: 'a', image: 'b:1' } });

const at = 'spec.containers[0]';
const rows: { name: string; change: (s: Scenario) => void; want: string[] }[] = [
  { name: 'nothing wrong', change: () => {}, want: [] },
  { name: 'no name', change: (s) => (s.meta = {}), want: ['metadata.name Required'] },
  { name: 'a name in upper case', change: (s) => (s.meta['name'] = 'P'), want: ['metadata.name Invalid'] },
  { name: 'generateName is enough', change: (s) => (s.meta = { generateName: 'p-' }), want: [] },
  { name: 'a bad label', change: (s) => (s.meta['labels'] = { 'a b': 'c' }), want: ['metadata.labels Invalid'] },
  { name: 'no image', change: (s) => (s.container = { name: 'a' }), want: [`${at}.image Required`] },
  {
    name: 'a debug container',
    change: (s) => (s.spec['ephemeralContainers'] = [{ name: 'd', image: 'b' }]),
    want: ['spec.ephemeralContainers Forbidden'],
  },
  { name: 'restartPolicy: Sometimes', change: (s) => (s.spec['restartPolicy'] = 'Sometimes'), want: ['spec.restartPolicy NotSupported'] },
  {
    name: 'a mount without volume',
    change: (s) => (s.container['volumeMounts'] = [{ name: 'v', mountPath: '/v' }]),
    want: [`${at}.volumeMounts[0].name NotFound`],
  },
  {
    name: 'two containers of one name',
    change: (s) => (s.spec['initContainers'] = [{ name: 'a', image: 'b' }]),
    want: ['spec.initContainers[0].name Duplicate'],
  },
  {
    name: 'a probe without handler',
    change: (s) => (s.container['livenessProbe'] = {}),
    want: [`${at}.livenessProbe Required`],
  },
  {
    name: 'a port out of range',
    change: (s) => (s.container['ports'] = [{ containerPort: 65536 }]),
    want: [`${at}.ports[0].containerPort Invalid`],
  },
  {
    name: 'a request over its limit',
    change: (s) => (s.container['resources'] = { limits: { cpu: 1 }, requests: { cpu: 2 } }),
    want: [`${at}.resources.requests Invalid`],
  },
  {
    name: 'a preStop sleep longer than the grace period',
    change: (s) => {
      s.spec['terminationGracePeriodSeconds'] = 5;
      s.container['lifecycle'] = { preStop: { sleep: { seconds: 10 } } };
    },
    want: [`${at}.lifecycle.preStop.sleep Invalid`],
  },
];

describe('validation of pods', () => {
  for (const row of rows)
    it(row.name, () => {
      const scenario = healthy();
      row.change(scenario);
      assert.deepEqual(words(validateNew(withDefaults(podOf(scenario)))), row.want);
    });

  it('a pod that exists may have debug containers', () => {
    const scenario = healthy();
    scenario.spec['ephemeralContainers'] = [{ name: 'd', image: 'b' }];
    assert.deepEqual(validateObject(withDefaults(podOf(scenario))), []);
  });

  it('what cannot be read is not faulted twice', () => {
    const scenario = healthy();
    scenario.container = { name: 7, imagee: 'b', ports: [{ containerPort: '80' }] };
    const pod = podOf(scenario);
    assert.deepEqual(words(validateWritten(pod, checkStructure(pod))), []);
  });
});

const deployment = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
    ...spec,
  },
});

const objects: { name: string; object: KubeObject; want: string[] }[] = [
  { name: 'a Deployment', object: deployment({}), want: [] },
  {
    name: 'a selector of other labels',
    object: deployment({ selector: { matchLabels: { a: 'c' } } }),
    want: ['spec.template.metadata.labels Invalid'],
  },
  {
    name: 'no selector',
    object: deployment({ selector: null }),
    want: ['spec.selector Required', 'spec.template.metadata.labels Invalid'],
  },
  {
    name: 'no surge and nothing unavailable',
    object: deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    want: ['spec.strategy.rollingUpdate.maxUnavailable Invalid'],
  },
  { name: 'Recreate', object: deployment({ strategy: { type: 'Recreate' } }), want: [] },
  { name: 'an unknown strategy', object: deployment({ strategy: { type: 'BlueGreen' } }), want: ['spec.strategy.type NotSupported'] },
  {
    name: 'a ConfigMap key with a slash',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'a/b': '' } },
    want: ['data[a/b] Invalid'],
  },
  {
    name: 'a TLS Secret without key',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    want: ['data[tls.key] Required'],
  },
  {
    name: 'a Namespace in a namespace',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', namespace: 'm' } },
    want: ['metadata.namespace Forbidden'],
  },
  {
    name: 'a Service without ports',
    object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: {} },
    want: ['spec.ports Required'],
  },
  {
    name: 'a claim of nothing',
    object: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec: {} },
    want: ['spec.accessModes Required', 'spec.resources[storage] Required'],
  },
];

describe('validation of other kinds', () => {
  for (const row of objects) it(row.name, () => assert.deepEqual(words(validateNew(withDefaults(row.object))), row.want));
});

const updates: { name: string; before: KubeObject; after: KubeObject; want: string[] }[] = [
  { name: 'more replicas', before: deployment({}), after: deployment({ replicas: 3 }), want: [] },
  {
    name: 'another selector',
    before: deployment({}),
    after: deployment({ selector: { matchLabels: { a: 'b', c: 'd' } } }),
    want: ['spec.selector Invalid'],
  },
  {
    name: 'another image in a pod',
    before: podOf(healthy()),
    after: podOf({ ...healthy(), container: { name: 'a', image: 'c:1' } }),
    want: [],
  },
  {
    name: 'another command in a pod',
    before: podOf(healthy()),
    after: podOf({ ...healthy(), container: { name: 'a', image: 'b:1', command: ['x'] } }),
    want: ['spec Forbidden'],
  },
  {
    name: 'data of an immutable ConfigMap',
    before: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, immutable: true, data: { a: '1' } },
    after: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, immutable: true, data: { a: '2' } },
    want: ['data Forbidden'],
  },
  {
    name: 'another name',
    before: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } },
    after: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd' } },
    want: ['metadata.name Invalid'],
  },
];

describe('validation of changes', () => {
  for (const row of updates)
    it(row.name, () => assert.deepEqual(words(validateUpdate(withDefaults(row.before), withDefaults(row.after))), row.want));
});
