/**
 * The network of pods with the real tools: bridge, veth, listeners, DNS. It runs itself again inside namespaces of its own, as root and as
 * an ordinary user, so that nothing of it is seen outside.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { alive, readRef, sendSignal } from '../../src/host/process.ts';
import { findTools, requireTool } from '../../src/host/tools.ts';
import { parsePodRange } from '../../src/network/address.ts';
import { Bridge } from '../../src/network/bridge.ts';
import { PodDns } from '../../src/network/dns.ts';
import { Listeners } from '../../src/network/listeners.ts';
import type { Forward } from '../../src/network/port-plan.ts';
import { vethBatch } from '../../src/network/veth.ts';

const run = promisify(execFile);
const INSIDE = 'PODSTEAD_TEST_INSIDE';
const tools = findTools(process.env);
const need = (name: Parameters<typeof requireTool>[1]) => requireTool(tools, name);
const scripts = fileURLToPath(new URL('../../src/host/scripts/', import.meta.url));
const range = parsePodRange('10.244.0.0/16');

/** Tries until it holds. */
const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

const ECHO = `require('net').createServer((c) => c.pipe(c)).listen(80, () => console.log('ready'))`;
const LOOKUP = `const r = new (require('dns').promises.Resolver)({ timeout: 500, tries: 1 });
r.setServers(['10.244.0.1']); r.resolve4(process.argv[1]).then((a) => console.log(a.join()), (e) => console.log(e.code))`;
const SAY = `const [host, port] = process.argv.slice(1); const c = require('net').connect(port, host);
c.on('error', (e) => { console.log(e.code); process.exit() }); c.on('data', (d) => { console.log(String(d)); process.exit() }); c.write('hi')`;

class Node {
  readonly dir = mkdtempSync('/tmp/p-');
  readonly namespace = `${this.dir}/netns/node`;
  readonly children: ChildProcess[] = [];
  readonly bridge = new Bridge({ namespace: this.namespace, tools: { ip: need('ip'), nsenter: need('nsenter'), sh: '/bin/sh' } });
  readonly listeners = new Listeners({
    directory: `${this.dir}/net/ports`,
    wake: `${this.dir}/wake`,
    namespace: this.namespace,
    tools: {
      sh: '/bin/sh',
      nsenter: need('nsenter'),
      socketActivate: tools.socketActivate,
      socketProxyd: tools.socketProxyd,
      socat: tools.socat,
    },
  });
  readonly env = { ...process.env, PD_RUN: this.dir, PD_BRIDGE: `${range.bridge}/${range.prefix}`, PD_CIDR: range.cidr };

  /** As the holder does. */
  shell(script: string): Promise<{ stdout: string }> {
    return run('/bin/dash', ['-c', `. ${scripts}/network.sh; ${script}`], { env: this.env });
  }
  async start(): Promise<void> {
    for (const sub of ['netns', 'net/hosts', 'net/ports', 't/m']) mkdirSync(`${this.dir}/${sub}`, { recursive: true });
    await this.shell('mkfifo "$PD_RUN/wake"; net_make; masquerade; dns');
  }
  inside(namespace: string, script: string, ...args: string[]): [string, string[]] {
    return [need('nsenter'), [`--net=${namespace}`, process.execPath, '-e', script, ...args]];
  }
  async ask(namespace: string, script: string, ...args: string[]): Promise<string> {
    return (await run(...this.inside(namespace, script, ...args))).stdout.trim();
  }
  /** A network namespace as a pod has it, plugged in. */
  async pod(sandboxId: string, address: string): Promise<string> {
    const namespace = `${this.dir}/netns/${sandboxId}`;
    writeFileSync(namespace, '');
    await run(need('unshare'), [`--net=${namespace}`, 'true']);
    const batch = vethBatch({ range, address, sandboxId, nodeNamespace: this.namespace });
    const child = spawn(need('nsenter'), [`--net=${namespace}`, need('ip'), '-force', '-batch', '-'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin.end(batch);
    assert.deepEqual(await new Promise((resolve) => child.on('exit', resolve)), 0);
    await this.bridge.attach(sandboxId);
    return namespace;
  }
  /** An echo server on port 80. */
  async serve(namespace: string): Promise<ChildProcess> {
    const child = spawn(...this.inside(namespace, ECHO), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return child;
  }
  async end(): Promise<void> {
    this.bridge.close();
    for (const child of this.children) child.kill('SIGKILL');
    for (const listener of await this.listeners.list()) await this.listeners.stop(listener);
    const dns = readRef(`${this.dir}/net/dns.pid`);
    if (dns) {
      sendSignal(dns, 'SIGKILL');
      await until('dnsmasq has ended', () => !alive(dns));
    }
    for (const name of readdirSync(`${this.dir}/netns`)) await run('umount', [`${this.dir}/netns/${name}`]);
    rmSync(this.dir, { recursive: true });
  }
}

const [A, B] = ['a'.repeat(32), 'b'.repeat(32)] as [string, string];
const free = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const inside = () => {
  let node: Node;
  let a: string;
  let b: string;
  let server: ChildProcess;
  before(async () => {
    node = new Node();
    await node.start();
    [a, b] = await Promise.all([node.pod(A, '10.244.0.2'), node.pod(B, '10.244.0.3')]);
    server = await node.serve(a);
  });
  after(() => node.end());

  it('pods reach each other, and themselves', async () => {
    assert.equal(await node.ask(b, SAY, '10.244.0.2', '80'), 'hi');
    assert.equal(await node.ask(a, SAY, '10.244.0.2', '80'), 'hi');
  });

  it('names come, change and go', async () => {
    const dns = new PodDns(`${node.dir}/net/hosts`);
    const lookup = (name: string) => node.ask(b, LOOKUP, name);
    const names = { address: '10.244.0.2', name: 'web', namespace: 'shop', hostname: 'one', subdomain: 'db' };
    const becomes = (name: string, want: string) => until(`${name} is ${want}`, async () => (await lookup(name)) === want);
    await dns.add('u1', names);
    await becomes('web.shop.svc.cluster.local', '10.244.0.2');
    assert.equal(await lookup('one.db.shop.svc.cluster.local'), '10.244.0.2');
    assert.equal(await lookup('10-244-0-2.shop.pod.cluster.local'), '10.244.0.2');
    assert.equal(await lookup('other.shop.svc.cluster.local'), 'ENOTFOUND');
    await dns.add('u1', { ...names, address: '10.244.0.3' });
    await becomes('web.shop.svc.cluster.local', '10.244.0.3');
    await dns.add('u2', { ...names, name: 'web2' });
    await dns.remove('u1');
    await becomes('web.shop.svc.cluster.local', 'ENOTFOUND');
    await becomes('one.db.shop.svc.cluster.local', '10.244.0.2');
    // a name server that died knows them again
    const before = readRef(`${node.dir}/net/dns.pid`);
    assert.ok(before);
    sendSignal(before, 'SIGKILL');
    await until('dnsmasq has ended', () => !alive(before));
    await node.shell('dns');
    await becomes('web2.shop.svc.cluster.local', '10.244.0.2');
  });

  describe('a published port', () => {
    let forward: Forward;
    const say = async () => (await run(process.execPath, ['-e', SAY, '127.0.0.1', String(forward.hostPort)])).stdout.trim();
    beforeEach(async () => {
      forward = { hostIp: '127.0.0.1', hostPort: await free(), address: '10.244.0.2', containerPort: 80 };
    });

    it('is open when start() says so; a new engine adopts it; stopped it is free', async () => {
      const listener = await node.listeners.start(forward);
      assert.equal(await say(), 'hi');
      assert.deepEqual(await node.listeners.list(), [listener]);
      await node.listeners.stop(listener);
      assert.equal(await say(), 'ECONNREFUSED');
      assert.deepEqual(readdirSync(`${node.dir}/net/ports`), []);
    });

    it('the death of its listener wakes the engine, a stop does not', async () => {
      const fifo = spawn('/bin/dash', ['-c', 'read -r line <>"$PD_RUN/wake"; echo "$line"'], {
        env: node.env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      node.children.push(fifo);
      let woken = '';
      fifo.stdout.on('data', (chunk) => {
        woken += chunk;
      });
      await node.listeners.stop(await node.listeners.start(forward));
      const listener = await node.listeners.start(forward);
      assert.equal(woken, '');
      sendSignal(listener.process, 'SIGKILL');
      await until('the engine is woken', () => woken === 'port\n');
      assert.deepEqual(await node.listeners.list(), []);
      assert.deepEqual(readdirSync(`${node.dir}/net/ports`), []);
    });

    it('that somebody has is refused, with the name of the process', async () => {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(forward.hostPort, '127.0.0.1', resolve));
      try {
        const message = new RegExp(`^port 127\\.0\\.0\\.1:${forward.hostPort} is in use by .* \\(pid ${process.pid}\\)$`);
        await assert.rejects(node.listeners.start(forward), { code: 'PORT_TAKEN', message });
        assert.deepEqual(readdirSync(`${node.dir}/net/ports`), []);
      } finally {
        holder.close();
      }
    });

    it('on an address that is not here is refused', async () => {
      await assert.rejects(node.listeners.start({ ...forward, hostIp: '10.255.255.1' }), { code: 'HOST_UNSUPPORTED' });
    });

    it('outlives its pod, and a stop that was interrupted is finished', async () => {
      const listener = await node.listeners.start(forward);
      server.kill('SIGKILL');
      await new Promise((resolve) => server.once('exit', resolve));
      server = await node.serve(a);
      assert.equal(await say(), 'hi');
      writeFileSync(
        `${node.dir}/net/ports/127.0.0.1-${forward.hostPort}-10.244.0.2-80.old`,
        `${listener.process.pid} ${listener.process.start}\n`,
      );
      assert.deepEqual(await node.listeners.list(), []);
      assert.equal(alive(listener.process), false);
      assert.deepEqual(readdirSync(`${node.dir}/net/ports`), []);
    });
  });
};

describe('network', function () {
  this.timeout(60_000);
  if (process.env[INSIDE]) return inside();
  it('in namespaces of its own', async () => {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto'];
    const mocha = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));
    const argv = [...user, '--mount', '--propagation=slave', process.execPath, mocha, '--reporter', 'dot', fileURLToPath(import.meta.url)];
    const result = await run(need('unshare'), argv, { env: { ...process.env, [INSIDE]: '1' } }).catch((error) => error);
    assert.ok(!(result instanceof Error), `${result.stdout}${result.stderr}`);
  });
});
