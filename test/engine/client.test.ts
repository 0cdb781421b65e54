import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Stored } from '../../src/api/objects.ts';
import { Client } from '../../src/engine/client.ts';
import { differences, follow } from '../../src/engine/follow.ts';
import { RestServer } from '../../src/engine/rest/server.ts';
import { configMap, testRegistry } from './registry/fixture.ts';
import { until } from './rest/fixture.ts';

const maps = '/api/v1/namespaces/default/configmaps';

describe('client', () => {
  let dir: string;
  let world: ReturnType<typeof testRegistry>;
  let server: RestServer;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    world = testRegistry();
    server = new RestServer({ registry: world.registry });
  });
  afterEach(async () => {
    await server.close();
    world.store.close();
    rmSync(dir, { recursive: true });
  });

  it('wakes an engine that sleeps, and waits for it', async () => {
    let wakes = 0;
    const connect = () => {
      wakes++;
      void server.listen(`${dir}/s`);
    };
    const client = new Client({ socket: `${dir}/s`, connect });
    assert.equal((await client.request<{ kind: string }>('GET', maps)).kind, 'ConfigMapList');
    assert.equal(wakes, 1);
  });

  it('gives up after its deadline', async () => {
    const client = new Client({ socket: `${dir}/s`, deadlineMs: 20 });
    await assert.rejects(client.request('GET', maps), { code: 'ENGINE_UNREACHABLE', message: `no engine answers at ${dir}/s` });
  });

  it('trusts no socket that it is told not to', async () => {
    await server.listen(`${dir}/s`);
    const guard = () => {
      throw new RangeError('not ours');
    };
    const client = new Client({ socket: `${dir}/s`, guard, connect: () => assert.fail('nobody is woken') });
    await assert.rejects(client.request('GET', maps), { message: 'not ours' });
  });

  it('stops when told to', async () => {
    const client = new Client({ socket: `${dir}/s` });
    await assert.rejects(client.request('GET', maps, undefined, { signal: AbortSignal.timeout(10) }), { name: 'AbortError' });
  });

  /** Hangs up on the first connection, then the real server is there. */
  const dying = (): Promise<Server> =>
    new Promise((resolve) => {
      const first = createServer((socket) => {
        first.close(() => void server.listen(`${dir}/s`));
        socket.on('data', () => socket.destroy());
      }).listen({ path: `${dir}/s` }, () => resolve(first));
    });

  it('reads again when the engine dies over it', async () => {
    await dying();
    const client = new Client({ socket: `${dir}/s` });
    assert.equal((await client.request<{ kind: string }>('GET', maps)).kind, 'ConfigMapList');
  });

  it('writes again only what may be done twice', async () => {
    await dying();
    const client = new Client({ socket: `${dir}/s` });
    await assert.rejects(client.request('POST', maps, configMap('m')), {
      code: 'ENGINE_UNREACHABLE',
      message: 'the engine ended while it was at work on this',
    });
    await server.close();
    await dying();
    const { results } = await client.request<{ results: { action: string }[] }>(
      'POST',
      '/podstead/v1/apply',
      { objects: [configMap('m')] },
      { idempotent: true },
    );
    assert.deepEqual(
      results.map((r) => r.action),
      ['created'],
    );
  });

  it('passes on what the engine answers', async () => {
    await server.listen(`${dir}/s`);
    const client = new Client({ socket: `${dir}/s` });
    await assert.rejects(client.request('GET', `${maps}/m`), { code: 'NOT_FOUND', message: 'configmaps "m" not found' });
  });

  const silences: { name: string; says: string }[] = [
    { name: 'nothing', says: '' },
    { name: 'no more than the head', says: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n' },
  ];
  for (const row of silences)
    it(`an engine that says ${row.name} is not waited for without end`, async () => {
      const sockets = new Set<Socket>();
      const mute = createServer((socket) => void sockets.add(socket.on('data', () => socket.write(row.says))));
      await new Promise<void>((resolve) => void mute.listen({ path: `${dir}/s` }, resolve));
      const client = new Client({ socket: `${dir}/s`, answerMs: 50 });
      await assert.rejects(client.request('GET', maps), {
        code: 'ENGINE_UNREACHABLE',
        message: `the engine did not answer within 0.05 s at ${dir}/s`,
      });
      for (const socket of sockets) socket.destroy();
      mute.close();
    });

  it('follows a list over engines that come and go', async () => {
    world.registry.create(configMap('a'));
    world.registry.create(configMap('b'));
    await server.listen(`${dir}/s`);
    const client = new Client({ socket: `${dir}/s` });
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of follow(client, maps, stop.signal))
        seen.push(event === 'listed' ? event : `${event.type} ${event.object.metadata.name}`);
    })();
    await until('listed', () => seen.includes('listed'));
    await until('watching', () => server.active() === 1);
    world.registry.update(configMap('a', { x: '1' }));
    await until('first change', () => seen.length === 4);
    await server.close();
    world.registry.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'b' });
    await server.listen(`${dir}/s`);
    await until('second change', () => seen.length === 5);
    stop.abort();
    await reading;
    assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'listed', 'MODIFIED a', 'DELETED b']);
  });

  it('differences of two lists', () => {
    const item = (uid: string, resourceVersion: string): Stored => ({
      ...configMap(uid),
      metadata: { name: uid, uid, resourceVersion, creationTimestamp: '' },
    });
    const known = new Map([item('a', '1'), item('b', '2'), item('c', '3')].map((o) => [o.metadata.uid, o]));
    assert.deepEqual(
      differences(known, [item('a', '1'), item('b', '9'), item('d', '8')]).map((e) => `${e.type} ${e.object.metadata.name}`),
      ['DELETED c', 'MODIFIED b', 'ADDED d'],
    );
  });
});
