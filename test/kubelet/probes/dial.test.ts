import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { createInterface } from 'node:readline';
import type { DialRequest, HttpRequest } from '../../../src/kubelet/handler.ts';
import { dial, requestHeaders } from '../../../src/kubelet/probes/dial.ts';
import { checkMessage, servingStatus } from '../../../src/kubelet/probes/dial-grpc.ts';

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
async function listen(server: Server | Http2Server | ReturnType<typeof createTcp>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
}
const http = (port: number, change: Partial<HttpRequest> = {}): HttpRequest => ({
  kind: 'http',
  host: '127.0.0.1',
  port,
  path: '/',
  scheme: 'http',
  headers: [],
  timeoutMs: 5000,
  ...change,
});
const serve = (handler: RequestListener) => listen(createServer(handler));
/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createTcp();
  const port = await listen(server);
  servers.pop();
  server.close();
  await once(server, 'close');
  return port;
}
const good = { ok: true, detail: '' };

describe('dialling: http', () => {
  for (const [status, want] of [
    [200, good],
    [204, good],
    [302, good],
    [399, good],
    [400, { ok: false, detail: 'HTTP probe failed with statuscode: 400' }],
    [503, { ok: false, detail: 'HTTP probe failed with statuscode: 503' }],
  ] as const)
    it(`status ${status}`, async () => {
      const port = await serve((_, res) => res.writeHead(status).end('body'));
      assert.deepEqual(await dial(http(port)), want);
    });
  it('sends path, query and headers; Host and User-Agent as given', async () => {
    let seen: unknown;
    const port = await serve((req, res) => {
      seen = { url: req.url, headers: req.headers };
      res.end();
    });
    await dial(
      http(port, {
        path: '/a?b=c d',
        headers: [
          ['Host', 'example.com'],
          ['X-A', '1'],
          ['x-a', '2'],
          ['Accept', ''],
        ],
      }),
    );
    assert.deepEqual(seen, {
      url: '/a?b=c%20d',
      headers: { host: 'example.com', 'x-a': '1, 2', 'user-agent': 'kube-probe/1.36', connection: 'close' },
    });
  });
  it('header rules', () => {
    assert.deepEqual(requestHeaders([]), { 'user-agent': 'kube-probe/1.36', accept: '*/*' });
    assert.deepEqual(
      requestHeaders([
        ['User-Agent', 'me'],
        ['accept', ''],
      ]),
      { 'user-agent': 'me' },
    );
  });
  it('follows redirects on the same host', async () => {
    const port = await serve((req, res) => (req.url === '/' ? res.writeHead(301, { location: '/next' }).end() : res.writeHead(500).end()));
    assert.deepEqual(await dial(http(port)), { ok: false, detail: 'HTTP probe failed with statuscode: 500' });
  });
  it('does not follow them to another host: a success', async () => {
    const port = await serve((_, res) => res.writeHead(302, { location: 'http://other.example/' }).end('there'));
    assert.deepEqual(await dial(http(port)), { ok: true, detail: 'Probe terminated redirects, Response body: there' });
  });
  it('gives up a circle', async () => {
    const port = await serve((_, res) => res.writeHead(302, { location: '/' }).end());
    assert.deepEqual(await dial(http(port)), { ok: false, detail: `Get "http://127.0.0.1:${port}/": stopped after 10 redirects` });
  });
  it('reads no more than it needs of an endless body', async () => {
    const port = await serve((_, res) => {
      const write = (): void => {
        while (res.write('x'.repeat(4096)));
        res.once('drain', write);
      };
      res.on('error', () => undefined);
      write();
    });
    assert.deepEqual(await dial(http(port)), good);
  });
  it('nobody listens', async () => {
    const port = await freePort();
    assert.deepEqual(await dial(http(port)), {
      ok: false,
      detail: `Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });
  it('no answer in time', async () => {
    const server = createServer(() => undefined);
    const port = await listen(server);
    assert.deepEqual(await dial(http(port, { timeoutMs: 30 })), {
      ok: false,
      detail: `Get "http://127.0.0.1:${port}/": context deadline exceeded`,
    });
    server.closeAllConnections();
  });
  it('a hook is content with any answer', async () => {
    const port = await serve((_, res) => res.writeHead(500).end());
    assert.deepEqual(await dial(http(port, { anyAnswer: true })), good);
  });
});

describe('dialling: tcp', () => {
  it('somebody listens', async () => {
    const port = await listen(createTcp((socket) => socket.on('error', () => undefined)));
    assert.deepEqual(await dial({ kind: 'tcp', host: '127.0.0.1', port, timeoutMs: 5000 }), good);
  });
  it('nobody listens', async () => {
    const port = await freePort();
    assert.deepEqual(await dial({ kind: 'tcp', host: '127.0.0.1', port, timeoutMs: 5000 }), {
      ok: false,
      detail: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });
});

describe('dialling: grpc', () => {
  const health = (status: number | undefined, trailers: { [name: string]: string }) =>
    listen(
      createHttp2().on('stream', (stream: ServerHttp2Stream) => {
        stream.on('error', () => undefined);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers(trailers));
        stream.end(status === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, status]));
      }),
    );
  const ask = (port: number) => dial({ kind: 'grpc', host: '127.0.0.1', port, service: '', timeoutMs: 5000 });
  it('serving', async () => assert.deepEqual(await ask(await health(1, { 'grpc-status': '0' })), good));
  it('not serving', async () => {
    assert.deepEqual(await ask(await health(2, { 'grpc-status': '0' })), {
      ok: false,
      detail: 'service unhealthy (responded with "NOT_SERVING")',
    });
  });
  it('unknown service', async () => {
    assert.deepEqual(await ask(await health(undefined, { 'grpc-status': '5', 'grpc-message': 'unknown service' })), {
      ok: false,
      detail: 'error: health rpc probe failed: code 5: unknown service',
    });
  });
  it('nobody listens', async () => {
    const port = await freePort();
    assert.deepEqual(await ask(port), {
      ok: false,
      detail: `error: failed to connect service at "127.0.0.1:${port}": connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });
  it('messages', () => {
    assert.deepEqual([...checkMessage('')], [0, 0, 0, 0, 0]);
    assert.deepEqual([...checkMessage('ab')], [0, 0, 0, 0, 4, 0x0a, 2, 97, 98]);
    assert.equal(servingStatus(Buffer.from([0, 0, 0, 0, 0])), 0);
  });
});

describe('prober', () => {
  it('answers each line, and ends with its input', async () => {
    const port = await serve((_, res) => res.end());
    const child = spawn(process.execPath, ['src/kubelet/probes/prober.ts'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const answers: unknown[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => answers.push(JSON.parse(line)));
    const requests: (DialRequest & { id: string })[] = [
      { id: 'a', ...http(port) },
      { id: 'b', kind: 'tcp', host: '127.0.0.1', port: await freePort(), timeoutMs: 1000 },
    ];
    for (const request of requests) child.stdin.write(`${JSON.stringify(request)}\n`);
    while (answers.length < 2) await once(lines, 'line');
    child.stdin.end();
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    assert.deepEqual(answers.map((a) => (a as { id: string; ok: boolean }).id + (a as { ok: boolean }).ok).sort(), ['atrue', 'bfalse']);
  });
});
