import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { withDefaults } from '../../src/api/defaults.ts';
import type { KubeObject } from '../../src/api/objects.ts';
import { desiredState, exportObjects } from '../../src/export/generate.ts';

const stored = (kind: string, spec: object, metadata: object = {}): KubeObject =>
  withDefaults({
    apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec,
  });
/** What the server has filled in when the object is stored. */
const served = {
  uid: '0b5f5f0e-5f0e-4b5f-8f0e-0b5f5f0e5f0e',
  resourceVersion: '17',
  generation: 3,
  creationTimestamp: '2026-01-02T03:04:05Z',
  managedFields: [{ manager: 'kubectl' }],
};
const bare = { containers: [{ name: 'c', image: 'nginx:1' }] };

const rows: { name: string; object: KubeObject; want: KubeObject }[] = [
  {
    name: 'nothing but what was meant',
    object: {
      ...stored(
        'Pod',
        { ...bare, nodeName: 'laptop' },
        {
          ...served,
          labels: { app: 'web' },
          annotations: { 'podstead.dev/play': 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
        },
      ),
      status: { phase: 'Running', podIP: '10.244.0.2' },
    },
    want: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx:1' }] },
    },
  },
  {
    name: 'a namespace other than default, and annotations of the user',
    object: stored('Pod', bare, {
      namespace: 'shop',
      annotations: { 'example.org/a': 'b' },
      finalizers: ['example.org/f', 'foregroundDeletion'],
    }),
    want: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop', annotations: { 'example.org/a': 'b' }, finalizers: ['example.org/f'] },
      spec: bare,
    },
  },
  {
    name: 'a pod of a Deployment stands for itself',
    object: stored('Pod', bare, {
      name: 'web-5d4f8-x7k2p',
      generateName: 'web-5d4f8-',
      labels: { app: 'web', 'pod-template-hash': '5d4f8' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d4f8', uid: 'u', controller: true }],
    }),
    want: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-5d4f8-x7k2p', labels: { app: 'web' } }, spec: bare },
  },
  {
    name: 'a Deployment, its own values kept where they differ',
    object: {
      ...stored(
        'Deployment',
        {
          replicas: 2,
          selector: { matchLabels: { app: 'web' } },
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { ...bare, terminationGracePeriodSeconds: 5, volumes: [{ name: 'v', emptyDir: {} }] },
          },
        },
        { ...served, annotations: { 'deployment.kubernetes.io/revision': '3' } },
      ),
      status: { replicas: 2 },
    },
    want: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        strategy: { rollingUpdate: { maxSurge: 1 } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { ...bare, terminationGracePeriodSeconds: 5, volumes: [{ name: 'v', emptyDir: {} }] },
        },
      },
    },
  },
  {
    name: 'what --publish has opened becomes hostPort',
    object: stored(
      'Pod',
      {
        containers: [
          { name: 'a', image: 'a:1' },
          { name: 'b', image: 'b:1', ports: [{ containerPort: 80, hostPort: 1234, hostIP: '127.0.0.2' }] },
        ],
      },
      { annotations: { 'podstead.dev/publish': '0.0.0.0:8080:80/tcp,127.0.0.1:9000:90/tcp' } },
    ),
    want: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: {
        containers: [
          { name: 'a', image: 'a:1', ports: [{ containerPort: 90, hostPort: 9000, hostIP: '127.0.0.1' }] },
          { name: 'b', image: 'b:1', ports: [{ containerPort: 80, hostPort: 8080 }] },
        ],
      },
    },
  },
];

describe('generate kube', () => {
  for (const row of rows) it(row.name, () => assert.deepEqual(exportObjects([row.object]), [row.want]));

  it('fields come in the order people write them', () => {
    const object = stored(
      'Pod',
      { containers: [{ env: [{ value: 'x', name: 'A' }], image: 'nginx:1', name: 'c' }], hostname: 'h' },
      { labels: { name: 'n', app: 'a' } },
    );
    const text =
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"app":"a","name":"n"}},"spec":{"hostname":"h","containers":[{"name":"c","image":"nginx:1","env":[{"name":"A","value":"x"}]}]}}';
    assert.equal(JSON.stringify(exportObjects([object])[0]), text);
  });

  it('refuses kinds that it does not know', () => {
    assert.throws(() => exportObjects([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }]), { code: 'USAGE' });
  });

  const golden = new URL('../../../shared/golden/valid/', import.meta.url);
  it('what every object of the corpus becomes plays again to the same', function () {
    if (!existsSync(golden)) this.skip();
    const files = readdirSync(golden).filter((f) => f.endsWith('.json'));
    const objects = files.map((f) => JSON.parse(readFileSync(new URL(f, golden), 'utf8')) as KubeObject);
    const ours = objects.filter((o) => o.kind === 'Pod' || (o.kind === 'Deployment' && o.apiVersion === 'apps/v1'));
    assert.ok(ours.length > 100);
    for (const object of ours) {
      const [short] = exportObjects([object]);
      assert.deepEqual(withDefaults(short as KubeObject), desiredState(object));
      assert.deepEqual(exportObjects([short as KubeObject]), [short]);
    }
  });
});
