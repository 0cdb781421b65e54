import assert from 'node:assert/strict';
import { lastAppliedAnnotation } from '../../../src/api/merge.ts';
import type { Deployment, KubeObject } from '../../../src/api/objects.ts';
import { ApplyError } from '../../../src/engine/registry.ts';
import { configMap, deployment, deploymentKey, namespace, pod, testRegistry } from './fixture.ts';

describe('apply', () => {
  let t: ReturnType<typeof testRegistry>;
  beforeEach(() => {
    t = testRegistry();
  });
  afterEach(() => t.store.close());
  const apply = (...objects: KubeObject[]) => t.registry.applyAll(objects).map((r) => `${r.object.metadata.name} ${r.action}`);

  it('the same again changes nothing', () => {
    const files = () => [deployment('web', 2), configMap('m', { a: '1' }), pod('p')];
    assert.deepEqual(apply(...files()), ['web created', 'm created', 'p created']);
    const version = t.store.resourceVersion();
    assert.deepEqual(apply(...files()), ['web unchanged', 'm unchanged', 'p unchanged']);
    assert.equal(t.store.resourceVersion(), version);
  });

  it('remembers the file and removes what left it, but not what others set', () => {
    apply(deployment('web', 2));
    const file = deployment('web');
    const live = t.store.need(deploymentKey('web'));
    assert.equal(live.metadata.annotations?.[lastAppliedAnnotation]?.includes('"replicas":2'), true);
    t.registry.patch(deploymentKey('web'), { type: 'merge', body: { metadata: { labels: { other: 'x' } } } });
    assert.deepEqual(apply(file), ['web configured']);
    const after = t.store.need<Deployment>(deploymentKey('web'));
    assert.deepEqual(
      [after.spec.replicas, after.metadata.labels, after.metadata.annotations?.[lastAppliedAnnotation]?.includes('replicas')],
      [1, { other: 'x' }, false],
    );
  });

  it('nulls in a new file are not there', () => {
    const [result] = t.registry.applyAll([configMap('m', { a: null, b: '1' })]);
    assert.deepEqual(result?.object['data'], { b: '1' });
  });

  it('another spelling of the same is unchanged', () => {
    const limited = (cpu: unknown) => pod('p', {}, { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu } } }] });
    apply(limited('500m'));
    const [result] = t.registry.applyAll([limited('500m')]);
    assert.equal(result?.action, 'unchanged');
  });

  it('a namespace in the list is made before what is in it', () => {
    assert.deepEqual(apply(configMap('m', {}, { namespace: 'n' }), namespace('n')), ['m created', 'n created']);
  });

  it('all or nothing, with every error', () => {
    apply(configMap('m', { a: '1' }));
    const version = t.store.resourceVersion();
    let error: unknown;
    try {
      apply(configMap('m', { a: '2' }), configMap('n'), configMap('x', {}, { namespace: 'none' }), {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'j' },
      });
    } catch (e) {
      error = e;
    }
    assert.ok(error instanceof ApplyError);
    assert.deepEqual(
      error.failures.map((f) => [f.object, f.namespace, f.error.status.code]),
      [
        ['configmap/x', 'none', 404],
        ['job.batch/j', undefined, 400],
      ],
    );
    assert.equal(
      error.message,
      'configmap/x: namespaces "none" not found\njob.batch/j: no matches for kind "Job" in version "batch/v1": podstead does not run it',
    );
    assert.deepEqual(
      error.status.details?.causes?.map((c) => c.message),
      [
        'configmap/x: namespaces "none" not found',
        'job.batch/j: no matches for kind "Job" in version "batch/v1": podstead does not run it',
      ],
    );
    assert.equal(t.store.resourceVersion(), version);
    assert.deepEqual(
      t.store.list('v1', 'ConfigMap').map((m) => m['data']),
      [{ a: '1' }],
    );
  });

  it('a dry run says what would happen', () => {
    apply(configMap('m', { a: '1' }));
    const version = t.store.resourceVersion();
    const results = t.registry.applyAll([configMap('m', { a: '2' }), configMap('n')], { dryRun: true });
    assert.deepEqual(
      results.map((r) => [r.action, r.object['data']]),
      [
        ['configured', { a: '2' }],
        ['created', undefined],
      ],
    );
    assert.equal(t.store.resourceVersion(), version);
  });

  it('needs a name', () => {
    assert.throws(() => apply(pod('', { name: undefined, generateName: 'p-' })), /cannot use generateName with apply/);
  });
});
