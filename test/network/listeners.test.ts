import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { alive, commandLine, listPids, readRef, sendSignal } from '../../src/host/process.ts';
import { Listeners, stopStrayListeners } from '../../src/network/listeners.ts';
import type { Forward } from '../../src/network/port-plan.ts';
import { until } from '../live/until.ts';

const LISTENS = `require('net').createServer().listen({ host: '127.0.0.1', port: Number(process.argv[1]) })`;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen({ host: '127.0.0.1', port: 0 }, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe('listeners', function () {
  this.timeout(20_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
  });
  afterEach(() => {
    for (const file of readdirSync(join(dir, 'ports'))) {
      const ref = readRef(join(dir, 'ports', file));
      if (ref) sendSignal(ref, 'SIGKILL');
    }
    rmSync(dir, { recursive: true });
  });

  /** `program` stands for systemd-socket-activate: its $2 is ADDRESS:PORT. */
  const listeners = (program: string, timeoutMs: number): Listeners => {
    const socketActivate = join(dir, 'activate');
    writeFileSync(socketActivate, `#!/bin/sh\n${program}\n`);
    chmodSync(socketActivate, 0o700);
    const tools = { sh: '/bin/sh', nsenter: 'nsenter', socketActivate, socketProxyd: 'proxyd' };
    return new Listeners({ directory: join(dir, 'ports'), wake: join(dir, 'wake'), namespace: '/none', tools, timeoutMs });
  };
  const real = () => listeners(`exec '${process.execPath}' -e "${LISTENS}" "\${2##*:}"`, 10_000);
  const forward = async (address = '10.0.0.2'): Promise<Forward> => ({
    hostIp: '127.0.0.1',
    hostPort: await freePort(),
    address,
    containerPort: 80,
  });
  const files = () =>
    readdirSync(join(dir, 'ports'))
      .filter((name) => !name.endsWith('.err'))
      .map((name) => name.replace(/.*\./, ''))
      .sort();

  it('one whose time is over before it was ever looked at leaves no process', async () => {
    const late = listeners('while :; do sleep 60; done', 0);
    await assert.rejects(late.start(await forward()), { code: 'TOOL_TIMEOUT' });
    assert.deepEqual(
      listPids().filter((pid) => commandLine(pid).some((word) => word.includes(dir))),
      [],
    );
    assert.deepEqual(readdirSync(join(dir, 'ports')), []);
  });

  it('one that starts is left alone by those who list', async () => {
    const slow = listeners('exec sleep 60', 1_000);
    const starting = slow.start(await forward());
    starting.catch(() => undefined);
    const process = () => {
      const name = readdirSync(dir).includes('ports') ? readdirSync(join(dir, 'ports')).find((f) => f.endsWith('.new')) : undefined;
      return name === undefined ? undefined : readRef(join(dir, 'ports', name));
    };
    await until(() => process() !== undefined, { what: 'its process', timeoutMs: 5_000 });
    const ref = process();
    assert.deepEqual(await slow.list(), []);
    assert.ok(ref && alive(ref));
    await assert.rejects(starting, { code: 'TOOL_TIMEOUT' });
    assert.deepEqual([alive(ref), files()], [false, []]);
  });

  it('one that another engine was starting is ended', async () => {
    const slow = listeners('exec sleep 60', 5_000);
    const starting = slow.start(await forward());
    const failed = assert.rejects(starting);
    await until(() => readdirSync(dir).includes('ports') && files().includes('new'), { what: 'its file', timeoutMs: 5_000 });
    await until(
      async () => {
        await listeners('exec sleep 60', 5_000).list();
        return files().length === 0;
      },
      { what: 'its end', timeoutMs: 5_000 },
    );
    // the first one waits for what is no more
    await failed;
  });

  it('asked for twice at once: one process', async () => {
    const both = real();
    const port = await forward();
    const [first, second] = await Promise.all([both.start(port), both.start(port)]);
    assert.deepEqual(first, second);
    assert.deepEqual(await both.list(), [first]);
    await both.stop(first);
    assert.deepEqual(await both.list(), []);
  });

  it('those of nobody are stopped', async () => {
    const all = real();
    const [kept] = await Promise.all([all.start(await forward('10.0.0.2')), all.start(await forward('10.0.0.3'))]);
    await stopStrayListeners(all, new Set(['10.0.0.2']));
    assert.deepEqual(await all.list(), [kept]);
  });
});
