import assert from 'node:assert/strict';
import type { Deployment, Pod } from '../../src/api/objects.ts';
import type { ApiError } from '../../src/api/status.ts';
import { configMap, deployment, deploymentKey, namespace, pod, podKey, START, testRegistry } from './registry/fixture.ts';

const fails = (code: number, reason: string, message?: RegExp) => (error: ApiError) => {
  assert.deepEqual([error.status?.code, error.status?.reason], [code, reason], error.stack ?? '');
  if (message) assert.match(error.message, message);
  return true;
};

describe('registry', () => {
  let t: ReturnType<typeof testRegistry>;
  beforeEach(() => {
    t = testRegistry();
  });
  afterEach(() => t.store.close());

  it('has its namespaces from the start, and makes them once', () => {
    const [first, second] = t.store.list('v1', 'Namespace');
    assert.deepEqual(
      [first?.metadata.name, second?.metadata.name, first?.['status'], first?.['spec']],
      ['default', 'kube-system', { phase: 'Active' }, { finalizers: ['kubernetes'] }],
    );
    assert.equal(t.store.resourceVersion(), '2');
  });

  describe('create', () => {
    it('gives a pod its defaults, system fields and first status', () => {
      const created = t.registry.create({
        ...pod('a', { uid: 'mine', creationTimestamp: 'never', deletionTimestamp: 'soon', generation: 9 }),
        status: { phase: 'Running' },
      }) as unknown as Pod;
      const { uid, ...metadata } = created.metadata;
      assert.notEqual(uid, 'mine');
      assert.deepEqual(metadata, { name: 'a', namespace: 'default', generation: 1, creationTimestamp: START, resourceVersion: '3' });
      assert.deepEqual(created.status, { phase: 'Pending', qosClass: 'BestEffort' });
      assert.deepEqual(
        [created.spec.restartPolicy, created.spec.containers[0]?.imagePullPolicy, created.spec.nodeName],
        ['Always', 'IfNotPresent', undefined],
      );
    });

    it('binds pods where there is a node, unless a gate holds them', () => {
      const bound = testRegistry({ nodeName: 'here' });
      const specOf = (o: object) => (o as Pod).spec;
      assert.equal(specOf(bound.registry.create(pod('a'))).nodeName, 'here');
      const gated = bound.registry.create(pod('b', {}, { schedulingGates: [{ name: 'example.com/wait' }] }));
      assert.equal(specOf(gated).nodeName, undefined);
      const { schedulingGates: _, ...spec } = specOf(gated);
      assert.equal(specOf(bound.registry.update({ ...gated, spec })).nodeName, 'here');
      bound.store.close();
    });

    it('makes a name out of generateName, and another one when it is taken', () => {
      const object = () => pod('', { name: undefined, generateName: 'job-' });
      assert.equal(t.registry.create(object()).metadata.name, 'job-bbbbb');
      t.random.values = [0, 0, 0, 0, 0, 0.5];
      t.random.next = 0;
      const second = t.registry.create(object()).metadata;
      assert.match(second.name, /^job-[a-z0-9]{5}$/);
      assert.notEqual(second.name, 'job-bbbbb');
      t.random.values = [0];
      assert.throws(() => t.registry.create(object()), fails(409, 'AlreadyExists'));
    });

    it('needs a namespace that is there and stays', () => {
      assert.throws(() => t.registry.create(pod('a', { namespace: 'none' })), fails(404, 'NotFound', /namespaces "none" not found/));
      t.registry.create(namespace('going'));
      t.registry.create(configMap('m', {}, { namespace: 'going' }));
      t.registry.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'going' });
      assert.throws(() => t.registry.create(pod('a', { namespace: 'going' })), fails(403, 'Forbidden', /because it is being terminated/));
    });

    it('refuses what is there already, what has a resourceVersion, and kinds that are not kept', () => {
      t.registry.create(pod('a'));
      assert.throws(() => t.registry.create(pod('a')), fails(409, 'AlreadyExists'));
      assert.throws(() => t.registry.create(pod('b', { resourceVersion: '1' })), fails(400, 'BadRequest'));
      assert.throws(
        () => t.registry.create({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' } }),
        fails(400, 'BadRequest', /podstead does not run it/),
      );
    });

    it('refuses what is not valid, with every cause', () => {
      const causes = (error: ApiError) => error.status.details?.causes?.map((c) => [c.field, c.reason]);
      const bad = pod('UPPER', {}, { containers: [{ name: 'c', image: '' }] });
      assert.throws(
        () => t.registry.create(bad),
        (error: ApiError) => {
          assert.deepEqual(
            [error.status.code, causes(error)],
            [
              422,
              [
                ['metadata.name', 'FieldValueInvalid'],
                ['spec.containers[0].image', 'FieldValueRequired'],
              ],
            ],
          );
          return true;
        },
      );
      assert.throws(
        () => t.registry.create(pod('', { name: undefined })),
        (error: ApiError) => {
          assert.deepEqual(causes(error), [['metadata.name', 'FieldValueRequired']]);
          return true;
        },
      );
    });

    it('a dry run answers and stores nothing', () => {
      const before = t.store.resourceVersion();
      assert.equal(t.registry.create(pod('a'), { dryRun: true }).metadata.name, 'a');
      assert.equal(t.store.get(podKey('a')), undefined);
      assert.deepEqual([t.store.resourceVersion(), t.seen], [before, []]);
    });
  });

  describe('update', () => {
    it('keeps status and system fields, counts generations, and writes nothing when nothing differs', () => {
      const created = t.registry.create(deployment('web', 2));
      t.store.updateStatus(deploymentKey('web'), { replicas: 2 });
      const same = t.registry.update({ ...deployment('web', 2), status: { replicas: 9 } });
      assert.deepEqual([same['status'], same.metadata.generation, same.metadata.uid], [{ replicas: 2 }, 1, created.metadata.uid]);
      assert.equal(same.metadata.resourceVersion, t.store.resourceVersion());
      const scaled = t.registry.update(deployment('web', 3));
      assert.deepEqual([(scaled as unknown as Deployment).spec.replicas, scaled.metadata.generation], [3, 2]);
    });

    it('refuses another version, another uid, and what is not there', () => {
      const created = t.registry.create(configMap('m'));
      t.registry.update(configMap('m', { a: '1' }));
      assert.throws(() => t.registry.update(created), fails(409, 'Conflict', /the object has been modified/));
      assert.throws(() => t.registry.update(configMap('m', {}, { uid: 'x' })), fails(409, 'Conflict', /Precondition failed: UID/));
      assert.throws(() => t.registry.update(configMap('n')), fails(404, 'NotFound'));
    });

    it('refuses to change what is fixed', () => {
      const created = t.registry.create(pod('a'));
      assert.throws(
        () => t.registry.update(pod('a', {}, { containers: [{ name: 'other', image: 'busybox:1' }] })),
        fails(422, 'Invalid', /^Pod "a" is invalid: spec/),
      );
      assert.equal(t.registry.update(pod('a', {}, { containers: [{ name: 'c', image: 'busybox:2' }] })).metadata.generation, 2);
      assert.equal(created.metadata.generation, 1);
    });

    it('of the status leaves everything else', () => {
      const created = t.registry.create(deployment('web', 2));
      const updated = t.registry.updateStatus({
        ...deployment('web', 7),
        metadata: { ...created.metadata, labels: { a: 'b' } },
        status: { replicas: 1 },
      });
      assert.deepEqual([updated['status'], updated['spec'], updated.metadata.labels], [{ replicas: 1 }, created['spec'], undefined]);
    });

    it('of a namespace keeps its content lock', () => {
      t.registry.create(namespace('n'));
      const updated = t.registry.update({ ...namespace('n'), spec: { finalizers: [] }, metadata: { name: 'n', labels: { a: 'b' } } });
      assert.deepEqual(updated['spec'], { finalizers: ['kubernetes'] });
    });

    it('that takes the last finalizer of a deleted object removes it', () => {
      t.registry.create(configMap('m', {}, { finalizers: ['example.com/a'] }));
      const key = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'm' };
      assert.equal(t.registry.delete(key).removed, false);
      assert.throws(
        () => t.registry.update(configMap('m', {}, { finalizers: ['example.com/a', 'example.com/b'] })),
        fails(422, 'Invalid', /no new finalizers/),
      );
      t.registry.update(configMap('m'));
      assert.equal(t.store.get(key), undefined);
      assert.equal(t.seen.at(-1), 'DELETED ConfigMap m');
    });
  });

  describe('patch', () => {
    const key = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'm' };
    beforeEach(() => void t.registry.create(configMap('m', { a: '1', b: '2' })));

    it('json, merge, strategic', () => {
      assert.deepEqual(t.registry.patch(key, { type: 'json', body: [{ op: 'remove', path: '/data/a' }] })['data'], { b: '2' });
      assert.deepEqual(t.registry.patch(key, { type: 'merge', body: { data: { b: null, c: '3' } } })['data'], { c: '3' });
      assert.deepEqual(t.registry.patch(key, { type: 'strategic', body: { data: { $patch: 'replace', d: '4' } } })['data'], { d: '4' });
    });
    it('of the status alone', () => {
      t.registry.create(deployment('web', 2));
      const patched = t.registry.patch(
        deploymentKey('web'),
        { type: 'merge', body: { spec: { replicas: 9 }, status: { replicas: 1 } } },
        { subresource: 'status' },
      );
      assert.deepEqual([(patched as unknown as Deployment).spec.replicas, patched['status']], [2, { replicas: 1 }]);
    });
    it('with an old resourceVersion, another name, or no object left', () => {
      assert.throws(() => t.registry.patch(key, { type: 'merge', body: { metadata: { resourceVersion: '1' } } }), fails(409, 'Conflict'));
      assert.throws(() => t.registry.patch(key, { type: 'merge', body: { metadata: { name: 'x' } } }), fails(400, 'BadRequest'));
      assert.throws(() => t.registry.patch(key, { type: 'merge', body: [] }), fails(400, 'BadRequest'));
      assert.throws(() => t.registry.patch(key, { type: 'json', body: [{ op: 'remove', path: '/kind' }] }), fails(400, 'BadRequest'));
    });
  });

  it('scale', () => {
    const created = t.registry.create(deployment('web', 2));
    const { uid } = created.metadata;
    assert.deepEqual(t.registry.getScale(deploymentKey('web')), {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: 'default', uid, resourceVersion: '3', creationTimestamp: START },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=web' },
    });
    const scale = t.registry.getScale(deploymentKey('web'));
    assert.equal(t.registry.updateScale(deploymentKey('web'), { ...scale, spec: { replicas: 5 } }).spec.replicas, 5);
    assert.throws(() => t.registry.updateScale(deploymentKey('web'), { ...scale, spec: { replicas: 6 } }), fails(409, 'Conflict'));
    assert.equal(t.registry.patchScale(deploymentKey('web'), { type: 'merge', body: { spec: { replicas: 1 } } }).spec.replicas, 1);
    assert.throws(
      () => t.registry.patchScale(deploymentKey('web'), { type: 'merge', body: { spec: { replicas: -1 } } }),
      fails(422, 'Invalid'),
    );
    t.registry.create(pod('a'));
    assert.throws(() => t.registry.getScale(podKey('a')), fails(404, 'NotFound'));
  });

  describe('delete', () => {
    it('a pod nothing was made for goes at once; another when its kubelet is done', () => {
      t.registry.create(pod('a'));
      assert.equal(t.registry.delete(podKey('a')).removed, true);
      const { uid } = t.registry.create(pod('b')).metadata;
      t.held.add(uid);
      const { object, removed } = t.registry.delete(podKey('b'));
      assert.deepEqual(
        [removed, object.metadata.deletionTimestamp, object.metadata.deletionGracePeriodSeconds, object.metadata.generation],
        [false, '2026-01-02T03:04:35Z', 30, 2],
      );
      assert.equal(t.registry.delete(podKey('b'), { gracePeriodSeconds: 0 }).removed, false);
      assert.equal(t.store.need(podKey('b')).metadata.deletionGracePeriodSeconds, 0);
      t.registry.finalizeDelete(uid);
      assert.equal(t.store.get(podKey('b')), undefined);
    });

    it('a pod that is not being deleted is not finalized', () => {
      const { uid } = t.registry.create(pod('a')).metadata;
      t.registry.finalizeDelete(uid);
      t.registry.finalizeDelete('none');
      assert.ok(t.store.get(podKey('a')));
    });

    it('a pod with finalizers waits for them after its kubelet', () => {
      const { uid } = t.registry.create(pod('a', { finalizers: ['example.com/a'] })).metadata;
      t.held.add(uid);
      t.registry.delete(podKey('a'));
      t.held.delete(uid);
      t.registry.finalizeDelete(uid);
      assert.equal(t.store.need(podKey('a')).metadata.deletionGracePeriodSeconds, 0);
      t.registry.patch(podKey('a'), { type: 'merge', body: { metadata: { finalizers: null } } });
      assert.equal(t.store.get(podKey('a')), undefined);
    });

    it('keeps to preconditions', () => {
      t.registry.create(pod('a'));
      assert.throws(
        () => t.registry.delete(podKey('a'), { preconditions: { uid: 'x' } }),
        fails(409, 'Conflict', /UID in precondition: x/),
      );
      assert.throws(
        () => t.registry.delete(podKey('a'), { preconditions: { resourceVersion: '1' } }),
        fails(409, 'Conflict', /ResourceVersion in precondition: 1/),
      );
      assert.throws(() => t.registry.delete(podKey('none')), fails(404, 'NotFound'));
      assert.equal(t.registry.delete(podKey('a'), { dryRun: true }).removed, true);
      assert.ok(t.store.get(podKey('a')));
    });

    it('never takes the namespaces that are always there', () => {
      for (const name of ['default', 'kube-system'])
        assert.throws(
          () => t.registry.delete({ apiVersion: 'v1', kind: 'Namespace', name }),
          fails(403, 'Forbidden', /may not be deleted/),
        );
    });

    it('of a namespace takes everything in it, then itself', () => {
      t.registry.create(namespace('n'));
      t.registry.create(configMap('m', {}, { namespace: 'n' }));
      const { uid } = t.registry.create(pod('p', { namespace: 'n' })).metadata;
      t.registry.recordEvent({ involved: t.store.need(podKey('p', 'n')), type: 'Normal', reason: 'R', message: 'm', component: 'c' });
      t.held.add(uid);
      const key = { apiVersion: 'v1', kind: 'Namespace', name: 'n' };
      const { object, removed } = t.registry.delete(key);
      assert.deepEqual([removed, object['status']], [false, { phase: 'Terminating' }]);
      t.registry.collectGarbage();
      assert.deepEqual(
        t.store.all('n').map((o) => o.kind),
        ['Pod'],
      );
      assert.equal(t.registry.collectGarbage(), 0);
      t.held.delete(uid);
      t.registry.finalizeDelete(uid);
      t.registry.collectGarbage();
      assert.equal(t.store.get(key), undefined);
    });
  });

  it('performs the changes of controllers: what is refused stops nothing else', () => {
    const web = t.registry.create(deployment('web', 1));
    const about = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web', uid: web.metadata.uid };
    const performed = t.registry.perform(
      [
        { do: 'create', object: pod('a', { namespace: 'none' }), why: '' },
        { do: 'create', object: pod('b'), why: '' },
        { do: 'update', object: { ...web, metadata: { ...web.metadata, annotations: { a: 'b' } } }, why: '' },
        { do: 'updateStatus', object: { ...web, status: { replicas: 1 } }, why: '' },
        { do: 'event', about, event: { type: 'Normal', reason: 'Scaled', message: 'up' }, why: '' },
        { do: 'lookAgain', about, at: 5, why: '' },
        { do: 'delete', ref: { ...about, kind: 'Pod', apiVersion: 'v1', name: 'b', uid: 'another' }, why: '' },
        { do: 'delete', ref: { ...about, name: 'gone' }, why: '' },
      ],
      'deployment-controller',
    );
    assert.deepEqual(performed.lookAgain, [{ about, at: 5 }]);
    assert.deepEqual(
      performed.failed.map((f) => f.error.message),
      ['namespaces "none" not found'],
    );
    const live = t.store.need(deploymentKey('web'));
    assert.deepEqual([live.metadata.annotations, live['status']], [{ a: 'b' }, { replicas: 1 }]);
    assert.deepEqual(t.seen, [
      'ADDED Deployment web',
      'ADDED Pod b',
      'MODIFIED Deployment web',
      'MODIFIED Deployment web',
      `ADDED Event ${t.store.list('v1', 'Event')[0]?.metadata.name}`,
    ]);
  });
});
