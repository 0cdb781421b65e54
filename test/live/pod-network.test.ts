/** What pods reach of each other, and pods that use the network of the machine. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { processRef, sendSignal } from '../../src/host/process.ts';
import { type App, app, podText, SLEEP, webContainer } from './net/app.ts';
import { ask, freePort, hold } from './net/dial.ts';
import { until } from './until.ts';

const isReady = async (product: App, name: string) =>
  (await product.pod(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

describe('the network of pods', function () {
  this.timeout(60_000);
  let product: App;
  const namespace = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n';
  const pods = [
    podText('a', [], [webContainer('a'), SLEEP]),
    podText('b', [], [webContainer('b'), SLEEP]),
    podText('c').replace('{name: c}', '{name: c, namespace: other}'),
  ];
  const sysIsReadOnly = async (pod: string) => {
    // the last mount of a place is the one that is seen
    const last = `awk '$2 ~ "^/sys" { split($4, mode, ","); seen[$2] = mode[1] } END { for (place in seen) print place, seen[place] }' /proc/mounts`;
    const modes = await product.says(pod, last, '-c', 'sh');
    assert.deepEqual(
      modes.split('\n').filter((line) => !line.endsWith(' ro')),
      [],
    );
    assert.match(modes, /^\/sys ro$/m);
  };
  before(async () => {
    product = await app();
    await product.play(namespace + pods.join(''));
  });
  after(() => product?.[Symbol.asyncDispose]());

  it('pods reach each other, whatever their namespace, and each has its own port 80', async () => {
    const [a, b] = [await product.address('a'), await product.address('b')];
    assert.equal(await product.says('a', `wget -q -O - http://${b}`, '-c', 'sh'), 'b');
    assert.equal(await product.says('b', `wget -q -O - http://${a}`, '-c', 'sh'), 'a');
    assert.equal(await product.says('c', `wget -q -O - http://${a}; wget -q -O - http://${b}`, '-n', 'other'), 'a\nb');
    assert.match(await product.says('c', `ping -c 1 -W 1 ${a}`, '-n', 'other'), / 0% packet loss/);
  });

  it('containers of a pod share localhost, and reach themselves by their address', async () => {
    const a = await product.address('a');
    assert.equal(await product.says('a', `wget -q -O - http://127.0.0.1; wget -q -O - http://${a}`, '-c', 'sh'), 'a\na');
  });

  it('a pod has its own interfaces, and /sys is read-only and shows them', async () => {
    const address = await product.address('a');
    assert.equal(await product.says('a', 'ls /sys/class/net', '-c', 'sh'), 'eth0\nlo');
    const addresses = await product.says('a', "ip -o -4 addr | awk '{print $2, $4}'", '-c', 'sh');
    assert.equal(addresses, `lo 127.0.0.1/8\neth0 ${address}/16`);
    await sysIsReadOnly('a');
  });

  it('a container that ends leaves the network to the next', async () => {
    const before = product.sandbox('a');
    const pid = Number(await product.ok(['inspect', '-f', '{{.State.Pid}}', 'a-web']));
    const server = processRef(pid);
    assert.ok(server);
    sendSignal(server, 'SIGKILL');
    await until(async () => (await product.pod('a')).status?.containerStatuses?.some(({ restartCount }) => restartCount === 1), {
      what: 'a restart',
    });
    await until(async () => (await product.says('a', 'wget -q -O - http://127.0.0.1', '-c', 'sh')) === 'a', {
      what: 'the server is back',
      timeoutMs: 10_000,
    });
    assert.equal(product.sandbox('a').address, before.address);
  });

  describe('hostNetwork', () => {
    let port: number;
    let text: string;
    before(async () => {
      port = await freePort(2);
      const probe = (kind: string) => `, readinessProbe: {${kind}, periodSeconds: 1}}`.slice(0, -1);
      text =
        podText('http', ['hostNetwork: true'], [webContainer('http', port, probe(`httpGet: {path: /index.html, port: ${port}}`)), SLEEP]) +
        podText('tcp', ['hostNetwork: true'], [webContainer('tcp', port + 1, probe(`tcpSocket: {port: ${port + 1}}`)), SLEEP]);
      await product.play(text);
    });
    after(() => product.down(text));

    it('has the interfaces of the machine, and a read-only /sys', async () => {
      const seen = await product.says('http', 'ls /sys/class/net', '-c', 'sh');
      assert.deepEqual(seen.split('\n').toSorted(), readdirSync('/sys/class/net').toSorted());
      await sysIsReadOnly('http');
    });

    it('its ports are those of the machine, its address too', async () => {
      assert.equal(await ask(port), 'http');
      const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
      const { podIP = '', hostIP } = (await product.pod('http')).status ?? {};
      assert.ok(own.includes(podIP), podIP);
      assert.equal(podIP, hostIP);
    });

    it('reaches what listens on 127.0.0.1 of the machine', async () => {
      const server = createServer((_, answer) => answer.end('local'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port: its } = server.address() as { port: number };
        assert.equal(await product.says('http', `wget -q -O - http://127.0.0.1:${its}`, '-c', 'sh'), 'local');
      } finally {
        server.close();
      }
    });

    it('probes are dialled: http and tcp, both ways', async () => {
      for (const name of ['http', 'tcp']) await until(() => isReady(product, name), { what: `${name} is ready` });
      await product.says('http', 'rm /w/index.html', '-c', 'web');
      await until(async () => !(await isReady(product, 'http')), { what: 'http is not ready', timeoutMs: 10_000 });
      assert.equal(await isReady(product, 'tcp'), true);
    });

    it('a port that is taken is found before', async () => {
      const held = await hold('127.0.0.1');
      try {
        const its = podText('late', ['hostNetwork: true'], [webContainer('late', held.port, `, ports: [{containerPort: ${held.port}}]`)]);
        const { code, stderr } = await product.run(['play', 'kube', '-'], { input: its });
        assert.equal(code, 2, stderr);
        assert.match(stderr, new RegExp(`0\\.0\\.0\\.0:${held.port} is in use by .* \\(pid ${process.pid}\\)`));
      } finally {
        await held.release();
      }
    });
  });
});
