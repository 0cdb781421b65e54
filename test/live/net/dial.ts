/** Connections of the test to ports of this machine. */
import { get } from 'node:http';
import { createServer, type Server } from 'node:net';

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });

/** The first of `count` ports in a row that nobody listens on now. */
export async function freePort(count = 1): Promise<number> {
  for (;;) {
    const servers = [createServer()];
    try {
      const [first = createServer()] = servers;
      const port = await listen(first, '0.0.0.0', 0);
      for (let next = 1; next < count; next++) {
        const server = createServer();
        servers.push(server);
        await listen(server, '0.0.0.0', port + next);
      }
      return port;
    } catch {
      // one of them is in use: others are tried
    } finally {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    }
  }
}

/** What an HTTP server there answers, without the newline at its end; else the code of the error, `timeout` after `timeoutMs`. */
export const ask = (port: number, host = '127.0.0.1', timeoutMs = 2_000): Promise<string> =>
  new Promise((resolve) => {
    const request = get({ host, port, path: '/', agent: false, timeout: timeoutMs }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk;
      });
      response.on('end', () => resolve(body.trimEnd()));
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    request.on('timeout', () => {
      resolve('timeout');
      request.destroy();
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });

/** Holds a port of this machine as a process of the test. */
export async function hold(host: string): Promise<{ port: number; release(): Promise<void> }> {
  const server = createServer();
  const port = await listen(server, host, 0);
  return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
}
