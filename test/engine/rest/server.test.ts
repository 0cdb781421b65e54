import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { KubeObject, Stored } from '../../../src/api/objects.ts';
import type { Client } from '../../../src/engine/client.ts';
import { Reply } from '../../../src/engine/rest/server.ts';
import { configMap, deployment, namespace, pod, podKey } from '../registry/fixture.ts';
import { testServer, until } from './fixture.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const webs = '/apis/apps/v1/namespaces/default/deployments';
interface List {
  kind: string;
  metadata: { resourceVersion: string };
  items: Stored[];
}

describe('REST', () => {
  let t: Awaited<ReturnType<typeof testServer>>;
  beforeEach(async () => {
    t = await testServer({
      'GET /podstead/v1/echo/:word': ({ params, query }) => ({ word: params['word'], q: query.get('q') }),
      'POST /podstead/v1/later': () => new Reply(202, { accepted: true }),
      'GET /podstead/v1/stream': ({ response }) => void response.end('raw'),
      'GET /podstead/v1/broken': () => {
        throw new TypeError('a bug');
      },
    });
  });
  afterEach(() => t.close());
  const call = <T = Stored>(method: string, path: string, body?: unknown, contentType?: string) =>
    t.client.request<T>(method, path, body, contentType ? { contentType } : {});
  const refused = async (code: number, reason: string, method: string, path: string, body?: unknown, contentType?: string) => {
    await assert.rejects(call(method, path, body, contentType), (error: { status?: { code?: number; reason?: string; kind?: string } }) => {
      assert.deepEqual([error.status?.code, error.status?.reason, error.status?.kind], [code, reason, 'Status'], String(error));
      return true;
    });
  };

  it('is for its owner alone', () => assert.equal(statSync(t.socket).mode & 0o777, 0o600));

  it('describes itself', async () => {
    assert.deepEqual(await call('GET', '/api'), { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
    const groups = await call<{ groups: { name: string }[] }>('GET', '/apis');
    assert.deepEqual(
      groups.groups.map((g) => g.name),
      ['apps', 'podstead.dev'],
    );
    const apps = await call<{ resources: { name: string; shortNames?: string[] }[] }>('GET', '/apis/apps/v1');
    assert.deepEqual(
      apps.resources.map((r) => r.name),
      ['deployments', 'deployments/status', 'deployments/scale', 'replicasets', 'replicasets/status', 'replicasets/scale'],
    );
    assert.deepEqual(apps.resources[0]?.shortNames, ['deploy']);
    const core = await call<{ resources: { name: string; namespaced: boolean }[] }>('GET', '/api/v1');
    assert.deepEqual(
      core.resources.filter((r) => !r.namespaced).map((r) => r.name),
      ['namespaces', 'namespaces/status'],
    );
    assert.equal((await call<{ minor: string }>('GET', '/version')).minor, '36');
    assert.equal((await call<{ name: string }>('GET', '/apis/apps')).name, 'apps');
    assert.equal(await text(await t.client.open('GET', '/healthz')), 'ok');
    await refused(404, 'NotFound', 'GET', '/apis/batch/v1');
    await refused(404, 'NotFound', 'GET', '/openapi/v2');
  });

  it('creates, reads, lists, replaces, patches, deletes', async () => {
    const created = await t.client.open('POST', maps, { metadata: { name: 'm' }, data: { a: '1' } });
    assert.equal(created.statusCode, 201);
    const first = JSON.parse(await text(created)) as Stored;
    assert.deepEqual(await call('GET', `${maps}/m`), first);
    const list = await call<List>('GET', maps);
    assert.deepEqual([list.kind, list.metadata.resourceVersion, list.items], ['ConfigMapList', first.metadata.resourceVersion, [first]]);
    assert.deepEqual((await call<List>('GET', '/api/v1/configmaps')).items.length, 1);
    assert.deepEqual((await call('PUT', `${maps}/m`, { ...first, data: { a: '2' } }))['data'], { a: '2' });
    await refused(409, 'Conflict', 'PUT', `${maps}/m`, first);
    assert.deepEqual((await call('PATCH', `${maps}/m`, { data: { b: '3' } }, 'application/strategic-merge-patch+json'))['data'], {
      a: '2',
      b: '3',
    });
    assert.deepEqual((await call('PATCH', `${maps}/m`, { data: { b: null } }, 'application/merge-patch+json'))['data'], { a: '2' });
    assert.deepEqual(
      (await call('PATCH', `${maps}/m`, [{ op: 'add', path: '/data/c', value: '4' }], 'application/json-patch+json; charset=utf-8'))[
        'data'
      ],
      { a: '2', c: '4' },
    );
    const gone = await call<object>('DELETE', `${maps}/m`);
    assert.deepEqual(gone, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'm', kind: 'configmaps', uid: first.metadata.uid },
    });
    await refused(404, 'NotFound', 'GET', `${maps}/m`);
  });

  it('takes YAML', async () => {
    const created = await call('POST', maps, 'metadata:\n  name: y\ndata:\n  a: "1"\n', 'application/yaml');
    assert.deepEqual(created['data'], { a: '1' });
  });

  it('refuses what does not fit', async () => {
    await refused(400, 'BadRequest', 'POST', maps, '{');
    await refused(400, 'BadRequest', 'POST', maps, []);
    await refused(400, 'BadRequest', 'POST', maps, { ...configMap('m'), kind: 'Secret' });
    await refused(400, 'BadRequest', 'POST', maps, configMap('m', {}, { namespace: 'other' }));
    await refused(400, 'BadRequest', 'PUT', `${maps}/a`, configMap('b'));
    await refused(400, 'BadRequest', 'POST', maps, { ...configMap('m'), data: ['x'] });
    await refused(400, 'BadRequest', 'POST', `${maps}?fieldValidation=Strict`, { ...configMap('m'), dta: {} });
    await refused(400, 'BadRequest', 'POST', `${maps}?dryRun=Some`, configMap('m'));
    await refused(404, 'NotFound', 'POST', '/api/v1/namespaces/none/configmaps', configMap('m', {}, { namespace: 'none' }));
    await refused(405, 'MethodNotAllowed', 'POST', '/api/v1/configmaps', configMap('m'));
    await refused(405, 'MethodNotAllowed', 'PUT', maps, configMap('m'));
    await refused(415, 'UnsupportedMediaType', 'PATCH', `${maps}/m`, {}, 'application/apply-patch+yaml');
    await refused(415, 'UnsupportedMediaType', 'PATCH', `${maps}/m`, {});
    await refused(415, 'UnsupportedMediaType', 'POST', maps, 'k8s', 'application/vnd.kubernetes.protobuf');
    for (const path of [
      '/',
      '/api/v1/configmaps/m',
      '/api/v1/namespaces/default/jobs',
      `${maps}/m/status`,
      `${pods}/p/scale`,
      `${pods}/p/a/b`,
      '/apis/batch/v1/jobs',
      '/api/v1/nodes',
    ])
      await refused(404, 'NotFound', 'GET', path);
    await refused(400, 'BadRequest', 'GET', '/api/v1/%zz');
  });

  it('warns of fields that do not exist, and drops them', async () => {
    const response = await t.client.open('POST', maps, { ...configMap('m', { a: '1' }), dta: {} });
    assert.equal(response.headers['warning'], '299 - "unknown field \\"dta\\""');
    assert.equal((JSON.parse(await text(response)) as KubeObject)['dta'], undefined);
  });

  it('refuses a body that is too large and goes on', async () => {
    const socket = connect(t.socket);
    socket.write(`POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n{`);
    assert.match(await text(socket), /^HTTP\/1.1 413 [\s\S]*"reason":"RequestEntityTooLarge"/);
    assert.equal((await call<List>('GET', maps)).items.length, 0);
  });

  it('a dry run leaves nothing', async () => {
    assert.equal((await call('POST', `${pods}?dryRun=All`, pod('p'))).metadata.name, 'p');
    assert.equal((await call<List>('GET', pods)).items.length, 0);
    await call('POST', pods, pod('p'));
    await call('DELETE', `${pods}/p?dryRun=All`);
    await call('DELETE', `${pods}/p`, { dryRun: ['All'] });
    assert.equal((await call<List>('GET', pods)).items.length, 1);
  });

  it('selects by labels and fields', async () => {
    for (const [name, app] of [
      ['a', 'x'],
      ['b', 'y'],
    ] as const)
      await call('POST', pods, pod(name, { labels: { app } }));
    t.store.updateStatus(podKey('b'), { phase: 'Running' });
    const names = async (query: string) => (await call<List>('GET', `${pods}?${query}`)).items.map((o) => o.metadata.name);
    assert.deepEqual(await names('labelSelector=app%3Dx'), ['a']);
    assert.deepEqual(await names('labelSelector=app+in+(x,y),app!%3Dx'), ['b']);
    assert.deepEqual(await names('fieldSelector=status.phase%3DRunning'), ['b']);
    assert.deepEqual(await names('fieldSelector=metadata.name%3Da,spec.nodeName%3D&limit=1'), ['a']);
    await refused(400, 'BadRequest', 'GET', `${pods}?labelSelector=a+b`);
    await refused(400, 'BadRequest', 'GET', `${pods}?fieldSelector=spec.image%3Dx`);
  });

  it('subresources status and scale', async () => {
    await call('POST', webs, deployment('web', 2));
    assert.deepEqual((await call('PATCH', `${webs}/web/status`, { status: { replicas: 1 } }, 'application/merge-patch+json'))['status'], {
      replicas: 1,
    });
    const live = await call('GET', `${webs}/web/status`);
    assert.deepEqual((await call('PUT', `${webs}/web/status`, { ...live, spec: {}, status: { replicas: 2 } }))['spec'], live['spec']);
    const scale = await call<{ spec: { replicas: number } }>('GET', `${webs}/web/scale`);
    assert.equal(scale.spec.replicas, 2);
    await call('PUT', `${webs}/web/scale`, { ...scale, metadata: { name: 'web' }, spec: { replicas: 3 } });
    await call('PATCH', `${webs}/web/scale`, { spec: { replicas: 4 } }, 'application/merge-patch+json');
    assert.equal((await call<{ spec: { replicas: number } }>('GET', `${webs}/web`)).spec.replicas, 4);
    await refused(405, 'MethodNotAllowed', 'DELETE', `${webs}/web/scale`);
  });

  it('deletes with options in the body or the query', async () => {
    const held = async (name: string) => t.held.add((await call('POST', pods, pod(name))).metadata.uid);
    await held('a');
    assert.equal((await call('DELETE', `${pods}/a`, { gracePeriodSeconds: 7 })).metadata.deletionGracePeriodSeconds, 7);
    assert.equal((await call('DELETE', `${pods}/a?gracePeriodSeconds=3`)).metadata.deletionGracePeriodSeconds, 3);
    await refused(409, 'Conflict', 'DELETE', `${pods}/a`, { preconditions: { uid: 'x' } });
    await refused(400, 'BadRequest', 'DELETE', `${pods}/a`, { propagationPolicy: 'Sideways' });
    await call('POST', webs, deployment('web', 2));
    assert.deepEqual((await call('DELETE', `${webs}/web?propagationPolicy=Foreground`)).metadata.finalizers, ['foregroundDeletion']);
    await held('b');
    await call('POST', pods, pod('c', { labels: { app: 'x' } }));
    const list = await call<List>('DELETE', `${pods}?labelSelector=app%3Dx`);
    assert.deepEqual(
      list.items.map((o) => o.metadata.name),
      ['c'],
    );
    assert.deepEqual(
      (await call<List>('GET', pods)).items.map((o) => o.metadata.name),
      ['a', 'b'],
    );
  });

  it('applies many at once', async () => {
    const apply = (body: object) => call<{ results: { action: string; object: Stored }[] }>('POST', '/podstead/v1/apply', body);
    const objects = [configMap('m', { a: '1' }, { namespace: undefined }), namespace('n')];
    assert.deepEqual(
      (await apply({ objects, namespace: 'n' })).results.map((r) => [r.action, r.object.metadata.namespace]),
      [
        ['created', 'n'],
        ['created', undefined],
      ],
    );
    assert.deepEqual(
      (await apply({ objects, namespace: 'n', dryRun: true })).results.map((r) => r.action),
      ['unchanged', 'unchanged'],
    );
    await refused(400, 'BadRequest', 'POST', '/podstead/v1/apply', { objects: [{ kind: 'Pod' }] });
    await refused(400, 'BadRequest', 'POST', '/podstead/v1/apply', { objects: [{ ...configMap('x'), dta: {} }] });
  });

  it('answers on paths of its own', async () => {
    assert.deepEqual(await call<object>('GET', '/podstead/v1/echo/a%2Fb?q=1'), { word: 'a/b', q: '1' });
    assert.equal((await t.client.open('POST', '/podstead/v1/later')).statusCode, 202);
    assert.equal(await text(await t.client.open('GET', '/podstead/v1/stream')), 'raw');
    await refused(405, 'MethodNotAllowed', 'DELETE', '/podstead/v1/stream');
    await refused(500, 'InternalError', 'GET', '/podstead/v1/broken');
    await refused(404, 'NotFound', 'GET', '/podstead/v1/none');
  });

  describe('watch', () => {
    const start = (query = '', from: Client = t.client) => {
      const seen: string[] = [];
      const stop = new AbortController();
      const done = from.watch(`${pods}${query}`, (e) => seen.push(`${e.type} ${e.object.metadata.name ?? ''}`), stop.signal);
      return { seen, stop: () => stop.abort(), done };
    };

    it('begins with what is there, goes on with what happens, and counts as active', async () => {
      t.registry.create(pod('a'));
      const w = start();
      await until('first event', () => w.seen.length === 1);
      assert.equal(t.server.active(), 1);
      t.registry.create(pod('b'));
      t.registry.create(configMap('m'));
      t.store.updateStatus(podKey('b'), { phase: 'Running' });
      t.registry.delete(podKey('a'));
      await until('all events', () => w.seen.length === 4);
      w.stop();
      await w.done;
      assert.deepEqual(w.seen, ['ADDED a', 'ADDED b', 'MODIFIED b', 'DELETED a']);
      await until('no open request', () => t.server.active() === 0);
    });

    it('resumes from a resourceVersion', async () => {
      t.registry.create(pod('a'));
      const version = t.store.resourceVersion();
      t.registry.create(pod('b'));
      const w = start(`?resourceVersion=${version}`);
      await until('event', () => w.seen.length === 1);
      w.stop();
      await w.done;
      assert.deepEqual(w.seen, ['ADDED b']);
    });

    it('of a version too old is Expired', async () => {
      await assert.rejects(start('?resourceVersion=999').done, {
        status: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          reason: 'Expired',
          code: 410,
          message: 'resource version 999 is newer than the newest, 2',
        },
      });
    });

    it('sees objects come and go by their labels', async () => {
      const w = start('?labelSelector=app%3Dx');
      await until('open', () => t.server.active() === 1);
      t.registry.create(pod('a'));
      const label = (app: string | null) => t.registry.patch(podKey('a'), { type: 'merge', body: { metadata: { labels: { app } } } });
      label('x');
      t.store.updateStatus(podKey('a'), { phase: 'Running' });
      label('y');
      label('x');
      t.registry.delete(podKey('a'));
      await until('events', () => w.seen.length === 5);
      w.stop();
      await w.done;
      assert.deepEqual(w.seen, ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a', 'DELETED a']);
    });

    it('one object, by name', async () => {
      const seen: string[] = [];
      const stop = new AbortController();
      const done = t.client.watch(`${pods}/b`, (e) => seen.push(`${e.type} ${e.object.metadata.name}`), stop.signal);
      await until('open', () => t.server.active() === 1);
      t.registry.create(pod('a'));
      t.registry.create(pod('b'));
      await until('event', () => seen.length === 1);
      stop.abort();
      await done;
      assert.deepEqual(seen, ['ADDED b']);
    });

    it('ends after timeoutSeconds, with a bookmark if wanted', async () => {
      const w = start('?timeoutSeconds=1&allowWatchBookmarks=true&sendInitialEvents=true');
      await w.done;
      assert.deepEqual(w.seen, ['BOOKMARK ', 'BOOKMARK ']);
    });

    it('ends when the server closes', async () => {
      const w = start();
      await until('open', () => t.server.active() === 1);
      await t.server.close();
      await w.done;
      assert.equal(existsSync(t.socket), false);
      await t.server.listen(t.socket);
      assert.equal((await call<List>('GET', pods)).items.length, 0);
    });
  });

  it('answers what has come before it closes', async () => {
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await testServer({ 'GET /podstead/v1/slow': () => waiting.then(() => ({ ok: true })) });
    const answer = slow.client.request('GET', '/podstead/v1/slow');
    await until('request is in', () => slow.server.active() === 1);
    const queued = slow.client.request<List>('GET', pods);
    const closing = slow.close();
    assert.equal(existsSync(slow.socket), false);
    release();
    assert.deepEqual(await answer, { ok: true });
    assert.equal((await queued).kind, 'PodList');
    await closing;
  });
});
