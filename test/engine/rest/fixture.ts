/** A REST server over a registry in memory, on a socket of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Client } from '../../../src/engine/client.ts';
import { RestServer, type Routes } from '../../../src/engine/rest/server.ts';
import { testRegistry } from '../registry/fixture.ts';

export async function testServer(routes: Routes = {}) {
  const dir = mkdtempSync('/tmp/p-');
  const socket = `${dir}/s`;
  const world = testRegistry();
  const server = new RestServer({ registry: world.registry, routes });
  await server.listen(socket);
  const client = new Client({ socket, deadlineMs: 2_000 });
  const close = async () => {
    await server.close();
    world.store.close();
    rmSync(dir, { recursive: true });
  };
  return { ...world, dir, socket, server, client, close };
}

/** The socket on a loopback port, for clients that only know TCP. */
export async function bridge(socket: string) {
  const server = createServer((tcp) => {
    const unix = connect(socket);
    tcp.pipe(unix).pipe(tcp);
    tcp.on('error', () => unix.destroy());
    unix.on('error', () => tcp.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

/** Waits for something to be true, and says what was not. */
export async function until(what: string, test: () => boolean, timeoutMs = 3_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !test(); ) {
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
