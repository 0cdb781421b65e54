/** The official client for real clusters, over a loopback bridge: it knows nothing of podstead. */
import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { podKey } from '../registry/fixture.ts';
import { bridge, testServer, until } from './fixture.ts';

describe('REST with the official client', () => {
  let t: Awaited<ReturnType<typeof testServer>>;
  let tcp: Awaited<ReturnType<typeof bridge>>;
  let config: k8s.KubeConfig;
  let core: k8s.CoreV1Api;
  let apps: k8s.AppsV1Api;
  beforeEach(async () => {
    t = await testServer();
    tcp = await bridge(t.socket);
    config = new k8s.KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: tcp.url, skipTLSVerify: true }],
      users: [{ name: 'u' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    core = config.makeApiClient(k8s.CoreV1Api);
    apps = config.makeApiClient(k8s.AppsV1Api);
  });
  afterEach(async () => {
    await t.close();
    await tcp.close();
  });

  const pod = (name: string, labels = {}): k8s.V1Pod => ({
    metadata: { name, labels },
    spec: { containers: [{ name: 'c', image: 'busybox:1' }] },
  });

  it('works with pods', async () => {
    const created = await core.createNamespacedPod({ namespace: 'default', body: pod('a', { app: 'x' }) });
    assert.ok(created.metadata?.creationTimestamp instanceof Date);
    assert.equal(created.status?.phase, 'Pending');
    await core.createNamespacedPod({ namespace: 'default', body: pod('b') });
    const list = await core.listNamespacedPod({ namespace: 'default', labelSelector: 'app=x' });
    assert.deepEqual(
      list.items.map((p) => p.metadata?.name),
      ['a'],
    );
    assert.equal((await core.listPodForAllNamespaces()).items.length, 2);
    const read = await core.readNamespacedPod({ namespace: 'default', name: 'a' });
    assert.equal(read.metadata?.uid, created.metadata.uid);
    const patched = await core.patchNamespacedPod(
      { namespace: 'default', name: 'a', body: { metadata: { annotations: { n: '1' } } } },
      k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.StrategicMergePatch),
    );
    assert.deepEqual(patched.metadata?.annotations, { n: '1' });
    t.held.add(created.metadata.uid ?? '');
    const deleted = await core.deleteNamespacedPod({ namespace: 'default', name: 'a', gracePeriodSeconds: 5 });
    assert.equal(deleted.metadata?.deletionGracePeriodSeconds, 5);
  });

  it('works with deployments, status and scale', async () => {
    const body: k8s.V1Deployment = {
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'busybox:1' }] } },
      },
    };
    const created = await apps.createNamespacedDeployment({ namespace: 'default', body });
    assert.deepEqual([created.spec?.replicas, created.spec?.strategy?.rollingUpdate?.maxSurge], [1, '25%']);
    const scale = await apps.readNamespacedDeploymentScale({ namespace: 'default', name: 'web' });
    await apps.replaceNamespacedDeploymentScale({ namespace: 'default', name: 'web', body: { ...scale, spec: { replicas: 3 } } });
    const live = await apps.readNamespacedDeployment({ namespace: 'default', name: 'web' });
    assert.equal(live.spec?.replicas, 3);
    live.status = { ...live.status, replicas: 3 };
    assert.equal((await apps.replaceNamespacedDeploymentStatus({ namespace: 'default', name: 'web', body: live })).status?.replicas, 3);
    const gone = await apps.deleteNamespacedDeployment({ namespace: 'default', name: 'web', propagationPolicy: 'Background' });
    assert.equal(gone.status, 'Success');
  });

  it('gets errors it understands', async () => {
    const errors = [
      () => core.readNamespacedPod({ namespace: 'default', name: 'none' }),
      () => core.createNamespacedPod({ namespace: 'none', body: pod('a') }),
      () => core.deleteNamespace({ name: 'default' }),
    ];
    const codes: unknown[] = [];
    for (const call of errors)
      await call().catch((error: unknown) =>
        codes.push(error instanceof k8s.ApiException ? [error.code, (JSON.parse(String(error.body)) as k8s.V1Status).reason] : error),
      );
    assert.deepEqual(codes, [
      [404, 'NotFound'],
      [404, 'NotFound'],
      [403, 'Forbidden'],
    ]);
  });

  it('keeps an informer true', async () => {
    t.registry.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' }, spec: pod('a').spec });
    const seen: string[] = [];
    const informer = k8s.makeInformer(config, '/api/v1/namespaces/default/pods', () => core.listNamespacedPod({ namespace: 'default' }));
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, (p: k8s.V1Pod) => seen.push(`${event} ${p.metadata?.name}`));
    await informer.start();
    await until('the watch', () => t.server.active() === 1);
    await core.createNamespacedPod({ namespace: 'default', body: pod('b') });
    t.store.updateStatus(podKey('b'), { phase: 'Running' });
    await core.deleteNamespacedPod({ namespace: 'default', name: 'a' });
    await until('all events', () => seen.length === 4);
    await informer.stop();
    assert.deepEqual(seen, ['add a', 'add b', 'update b', 'delete a']);
  });

  it('reads and patches objects of any kind', async () => {
    const client = k8s.KubernetesObjectApi.makeApiClient(config);
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', namespace: 'default' }, data: { a: '1' } };
    await client.create(body);
    const patched = await client.patch(
      { ...body, data: { b: '2' } },
      undefined,
      undefined,
      undefined,
      undefined,
      k8s.PatchStrategy.MergePatch,
    );
    assert.deepEqual((patched as k8s.V1ConfigMap).data, { a: '1', b: '2' });
    assert.equal((await client.list('v1', 'ConfigMap', 'default')).items.length, 1);
    const play = { apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: { name: 'p' }, spec: { mode: 'play', objects: [] } };
    assert.equal((await client.create(play)).metadata?.name, 'p');
  });
});
