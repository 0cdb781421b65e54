/** Ports of this machine that lead to pods. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ProcessRef, readRef, sendSignal } from '../../src/host/process.ts';
import { type App, app, podText, webContainer } from './net/app.ts';
import { ask, freePort, hold } from './net/dial.ts';
import { until } from './until.ts';

const published = (port: number, more = '', containerPort = 80) =>
  `, ports: [{containerPort: ${containerPort}, hostPort: ${port}${more}}]}`.slice(0, -1);
const web = (name: string, port: number, more = '') => podText(name, [], [webContainer(name, 80, published(port, more))]);

describe('published ports', function () {
  this.timeout(60_000);
  let product: App;
  before(async () => {
    product = await app();
  });
  after(() => product?.[Symbol.asyncDispose]());
  const pods = () => product.ok(['get', 'pods', '-o', 'name']);
  const listener = (port: number): ProcessRef => {
    const directory = join(product.home.paths().net, 'ports');
    const file = readdirSync(directory).find((name) => name.includes(`-${port}-`) && name.endsWith('.up'));
    const ref = file === undefined ? undefined : readRef(join(directory, file));
    assert.ok(ref, `a listener on port ${port}`);
    return ref;
  };
  /** Plays text and takes it down again. */
  const during = async (text: string, args: readonly string[], body: () => Promise<void>) => {
    await product.play(text, ...args);
    try {
      await body();
    } finally {
      await product.down(text);
    }
  };

  it('hostPort: open when play returns, on every address, closed when down does', async () => {
    const port = await freePort();
    await during(web('one', port), [], async () => {
      assert.deepEqual([await ask(port), await ask(port, '127.0.0.2')], ['one', 'one']);
    });
    assert.equal(await ask(port), 'ECONNREFUSED');
  });

  it('hostIP: on this address only', async () => {
    const port = await freePort();
    await during(web('one', port, ', hostIP: 127.0.0.2'), [], async () => {
      assert.deepEqual([await ask(port, '127.0.0.2'), await ask(port)], ['one', 'ECONNREFUSED']);
    });
  });

  it('--publish takes the place of a hostPort, and opens others', async () => {
    const [own, instead, more] = [await freePort(), await freePort(), await freePort()];
    const text = podText(
      'one',
      [],
      [webContainer('one', 80, published(own)), webContainer('two', 81).replace('name: web', 'name: second')],
    );
    await during(text, ['--publish', `127.0.0.1:${instead}:80`, '--publish', `${more}:81`], async () => {
      assert.deepEqual([await ask(own), await ask(instead), await ask(more)], ['ECONNREFUSED', 'one', 'two']);
      assert.equal(await ask(instead, '127.0.0.2'), 'ECONNREFUSED');
    });
  });

  it('a range of ports, and an IPv6 address', async function () {
    if (!existsSync('/proc/net/if_inet6') || !/^0{31}1 /m.test(readFileSync('/proc/net/if_inet6', 'utf8'))) this.skip();
    const [first, six] = [await freePort(2), await freePort()];
    const text = podText('one', [], [webContainer('one'), webContainer('two', 81).replace('name: web', 'name: second')]);
    await during(text, ['--publish', `${first}-${first + 1}:80-81`, '--publish', `[::1]:${six}:80`], async () => {
      assert.deepEqual(
        [await ask(first), await ask(first + 1), await ask(six, '::1'), await ask(six)],
        ['one', 'two', 'one', 'ECONNREFUSED'],
      );
    });
  });

  describe('that cannot be opened', () => {
    const refused = async (text: string, message: RegExp, args: readonly string[] = []) => {
      const file = join(product.home.dir, 'app.yaml');
      writeFileSync(file, text);
      const before = await pods();
      const { code, stdout, stderr } = await product.run(['play', 'kube', ...args, file]);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, stderr);
      assert.match(stderr, message);
      assert.equal(await pods(), before);
    };

    it('a process has it: it is named, and where the manifest asks for it', async () => {
      const held = await hold('127.0.0.1');
      try {
        const who = `127\\.0\\.0\\.1:${held.port} is in use by ${readFileSync('/proc/self/comm', 'utf8').trim()} \\(pid ${process.pid}\\)`;
        const text = `${podText('fine')}${podText('one', [], [webContainer('one', 80, published(held.port, ', hostIP: 127.0.0.1'))])}`;
        const line = text.split('\n').findIndex((l) => l.includes('hostPort')) + 1;
        const column = text.split('\n')[line - 1]?.indexOf(`${held.port}`) ?? 0;
        const at = `app\\.yaml:${line}:${column + 1}: spec\\.containers\\[0\\]\\.ports\\[0\\]\\.hostPort: `;
        await refused(text, new RegExp(`^(\\S*/)?${at}${who}\n`));
      } finally {
        await held.release();
      }
    });

    it('another pod has it: it is named', async () => {
      const port = await freePort();
      await during(web('first', port), [], async () => {
        await refused(web('second', port, ', hostIP: 127.0.0.1'), new RegExp(`127\\.0\\.0\\.1:${port} is taken by pod first\n`));
        await refused(podText('second'), new RegExp(`0\\.0\\.0\\.0:${port} is taken by pod first\n`), ['--publish', `${port}:80`]);
      });
    });

    it('two pods of the manifest ask for it', async () => {
      const port = await freePort();
      await refused(
        web('one', port) + web('two', port),
        new RegExp(`0\\.0\\.0\\.0:${port} is also asked for by pod/one of this manifest\n`),
      );
    });

    it('it is UDP', async () => {
      const port = await freePort();
      await refused(
        web('one', port, ', protocol: UDP'),
        /app\.yaml:\d+:\d+: spec\.containers\[0\]\.ports\[0\].*: host ports are published for TCP only\n/,
      );
      await refused(podText('one'), new RegExp(`0\\.0\\.0\\.0:${port}: host ports are opened for TCP only so far, not for UDP\n`), [
        '--publish',
        `${port}:80/udp`,
      ]);
    });

    it('it is reserved', async function () {
      const start = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
      if (start < 2) this.skip();
      await refused(
        web('one', start - 1),
        new RegExp(`:${start - 1}: .* \\(.*sudo sysctl net\\.ipv4\\.ip_unprivileged_port_start=${start - 1}\\)\n`),
      );
    });

    it('the address is not one of this machine', async () => {
      await refused(web('one', await freePort(), ', hostIP: 192.0.2.77'), /this machine has no address 192\.0\.2\.77\n/);
    });

    it('apply stores the pod, which waits and says for whom, and opens it when it can', async () => {
      const held = await hold('127.0.0.1');
      const text = web('one', held.port, ', hostIP: 127.0.0.1');
      await product.ok(['apply', '-f', '-'], { input: text });
      try {
        await until(async () => (await product.ok(['events'])).includes(`127.0.0.1:${held.port} is in use by`), { what: 'an event' });
        assert.equal((await product.pod('one')).status?.phase, 'Pending');
      } finally {
        await held.release();
      }
      await until(async () => (await ask(held.port)) === 'one', { what: 'the port is open', timeoutMs: 10_000 });
      await product.down(text);
    });
  });

  describe('of a pod that runs', () => {
    let port: number;
    let local: number;
    let text: string;
    before(async () => {
      port = await freePort();
      local = await freePort();
      const onLocalhost = webContainer('hidden', 81, published(local, '', 81))
        .replace('name: web', 'name: hidden')
        .replace('-p 81', '-p 127.0.0.1:81');
      text = podText('one', [], [webContainer('one', 80, published(port)), onLocalhost]);
      await product.play(text);
    });
    after(() => product.down(text));

    it('one to which only localhost of the pod answers is no hang', async () => {
      assert.equal(await product.get('one', 'http://127.0.0.1:81'), 'hidden');
      assert.match(await ask(local), /^(ECONNRESET|ECONNREFUSED)$/);
    });

    it('200 connections at once', async () => {
      const sockets: Socket[] = [];
      const answer = (socket: Socket) => {
        let said = '';
        socket.on('data', (chunk: Buffer) => {
          said += chunk;
        });
        socket.write('GET / HTTP/1.0\r\n\r\n');
        return new Promise((resolve) => socket.on('error', resolve).on('end', () => resolve(said.split('\r\n\r\n')[1])));
      };
      try {
        while (sockets.length < 200) {
          for (let i = 0; i < 5; i++) sockets.push(connect(port, '127.0.0.1'));
          // the little server takes them one after the other, and its queue is short
          assert.equal(await ask(port), 'one');
        }
        const answers = await Promise.all(sockets.map(answer));
        assert.deepEqual(
          answers,
          sockets.map(() => 'one\n'),
        );
      } finally {
        for (const socket of sockets) socket.destroy();
      }
    });

    it('the same file again leaves the listener alone', async () => {
      const before = listener(port);
      assert.equal(await product.play(text), 'pod/one unchanged\n');
      assert.deepEqual(listener(port), before);
    });

    it('a listener that is killed is back within a second, also when the engine sleeps', async () => {
      for (const asleep of [false, true]) {
        if (asleep) await until(() => !existsSync(product.home.paths().socket), { what: 'the engine sleeps', timeoutMs: 15_000 });
        const before = listener(port);
        sendSignal(before, 'SIGKILL');
        await until(async () => (await ask(port)) === 'one', { what: 'the port is open', timeoutMs: 1_000 });
        await until(() => !isDeepStrictEqual(listener(port), before), { what: 'the new one is noted' });
      }
    });

    it('a new sandbox gets the ports of the old one', async () => {
      const { infra, address } = product.sandbox('one');
      assert.ok(infra);
      sendSignal(infra, 'SIGKILL');
      await until(async () => (await product.address('one')) !== address && (await ask(port)) === 'one', {
        what: 'the port leads to the new one',
        timeoutMs: 10_000,
      });
    });
  });
});
