import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { KubeObject } from '../../src/api/objects.ts';
import { lookAround } from '../../src/preflight/look-around.ts';

describe('looking around', () => {
  let dir: string;
  let server: Server;
  let port: number;
  before(async () => {
    dir = await mkdtemp('/tmp/p-');
    await writeFile(`${dir}/file`, '');
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
    await new Promise<void>((resolve) => createServerAt(`${dir}/socket`, resolve));
  });
  let unix: Server;
  const createServerAt = (path: string, done: () => void) => {
    unix = createServer().listen(path, done);
  };
  after(async () => {
    server.close();
    unix.close();
    await rm(dir, { recursive: true });
  });

  it('tells of paths, ports in the way and addresses', async () => {
    const paths = [dir, `${dir}/file`, `${dir}/socket`, `${dir}/none`, `${dir}/file/below`, '/dev/null'];
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: port }] }],
        volumes: paths.map((path, i) => ({ name: `v${i}`, hostPath: { path } })),
      },
    };
    const seen = await lookAround([pod]);
    assert.deepEqual(
      paths.map((path) => seen.paths.get(path)),
      ['directory', 'file', 'socket', 'absent', 'absent', 'character device'],
    );
    assert.deepEqual(
      seen.held.map(({ hostIp, hostPort, holder }) => [hostIp, hostPort, holder.endsWith(`(pid ${process.pid})`)]),
      [['127.0.0.1', port, true]],
    );
    assert.ok(seen.hostAddresses.has('127.0.0.1'));
    assert.ok(seen.unprivilegedPortStart >= 0);
  });
});
