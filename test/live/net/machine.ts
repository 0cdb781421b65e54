/**
 * A machine of its own for a test file: a network namespace with a way to an outside world, which is another one. The file runs itself
 * again inside. Started by root podstead runs there as the ordinary user of the tests; started by anybody else as root of a user
 * namespace, which may do the same there.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Argv, runTool } from '../../../src/host/spawn.ts';
import { findTools, requireTool } from '../../../src/host/tools.ts';
import { testUser } from '../harness.ts';
import { until } from '../until.ts';

const INSIDE = 'PODSTEAD_TEST_MACHINE';
const TREE = join(import.meta.dirname, '../../..');
const tools = findTools(process.env);
const need = (name: Parameters<typeof requireTool>[1]): string => requireTool(tools, name);

/** Describes `title`: outside as one test that runs `file` inside, inside as what `body` describes. */
export function onOwnMachine(title: string, file: string, body: () => void): void {
  describe(title, function () {
    this.timeout(180_000);
    if (process.env[INSIDE]) {
      this.timeout(60_000);
      body();
      return;
    }
    it('on a machine of its own', async function () {
      const missing = await obstacle();
      if (missing !== undefined) {
        if (this.test) this.test.title += `: not here, ${missing}`;
        this.skip();
      }
      const { code, said } = await runInside(fileURLToPath(file));
      if (process.env['REPORTER']) process.stdout.write(said);
      assert.equal(code, 0, said);
    });
  });
}

/** The tree is seen at a place that the ordinary user can reach, wherever it is. */
const ENTER = `ip link set lo up && mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"`;

/** Root makes namespaces itself; a user must be root of one first. */
const namespaces = (): string[] => [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user', '--map-auto']),
  '--mount',
  '--net',
  '--propagation=slave',
];

/** Why no machine can be made. */
const obstacle = async (): Promise<string | undefined> => {
  const { exitCode, stderr } = await runTool([need('unshare'), ...namespaces(), need('ip'), 'link', 'set', 'lo', 'up'], {
    timeoutMs: 5_000,
    okCodes: [0, 1, 2, 255],
  });
  return exitCode === 0 ? undefined : stderr.trim();
};

async function runInside(file: string): Promise<{ code: unknown; said: string }> {
  const root = process.getuid?.() === 0;
  const place = mkdtempSync('/tmp/p-tree-');
  const mocha = [process.execPath, join(place, 'node_modules/mocha/bin/mocha.js'), '--reporter', process.env['REPORTER'] ?? 'dot'];
  const argv = [...namespaces(), '/bin/sh', '-c', ENTER, 'sh', TREE, place, ...mocha, join(place, relative(TREE, file))];
  const { PODSTEAD_TEST_USER: _, ...rest } = process.env;
  const env = { ...rest, [INSIDE]: '1', ...(root ? { PODSTEAD_TEST_USER: testUser().name } : {}) };
  try {
    const child = spawn(need('unshare'), argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk;
      });
    }
    return { code: await new Promise((resolve) => child.once('close', resolve)), said };
  } finally {
    rmdirSync(place);
  }
}

/** Where the outside world is. All are documentation addresses. */
export const MACHINE = '198.51.100.2';
export const GATEWAY = '198.51.100.1';
/** Behind the gateway: web servers on port 80, and a name server that knows `web.outside.test`. */
export const WEB = '203.0.113.10';
export const NAMES = '203.0.113.53';
export const WEB_NAME = 'web.outside.test';
/** Where a stub resolver of the machine listens. */
export const STUB = '127.0.0.53';
export const BIG_BYTES = 5_000_000;

/** Answers with the address of who asks, or with BIG_BYTES bytes of `x`. */
const WEB_SERVER = `
require('http').createServer((ask, answer) => answer.end(ask.url === '/big' ? 'x'.repeat(${BIG_BYTES}) : ask.socket.remoteAddress))
  .listen(80, '0.0.0.0', () => console.log('ready'))`;

/** To be used inside. */
export class Outside {
  readonly #children: ChildProcess[] = [];
  readonly #dir = mkdtempSync('/tmp/p-out-');
  readonly #resolvConf = join(this.#dir, 'resolv.conf');

  /** The world, the way to it and its name server as the machine's resolver. */
  async start(): Promise<void> {
    chmodSync(this.#dir, 0o755);
    this.resolver(NAMES);
    await this.run(['mount', '--bind', this.#resolvConf, '/etc/resolv.conf']);
    const web = this.#spawn([need('unshare'), '--net', process.execPath, '-e', WEB_SERVER]);
    await new Promise((resolve) => web.stdout?.once('data', resolve));
    const net = `/proc/${web.pid}/ns/net`;
    await this.ip([`link add eth0 type veth peer name eth0 netns ${web.pid}`, `addr add ${MACHINE}/24 dev eth0`, 'link set eth0 up']);
    const far = ['link set lo up', `addr add ${GATEWAY}/24 dev eth0`, ...[WEB, NAMES].map((address) => `addr add ${address}/32 dev lo`)];
    await this.ip([...far, 'link set eth0 up'], [need('nsenter'), `--net=${net}`]);
    this.nameServer(
      NAMES,
      [`--host-record=${WEB_NAME},${WEB}`, '--local=/test/', `--listen-address=${WEB}`],
      [need('nsenter'), `--net=${net}`],
    );
    await this.route();
    await until(() => this.run(['busybox', 'nslookup', WEB_NAME, NAMES]), { what: 'a name server outside' });
  }

  /** The default route. */
  async route(): Promise<void> {
    await this.ip([`route add default via ${GATEWAY}`]);
  }

  async noRoute(): Promise<void> {
    await this.ip(['route del default']);
  }

  /** The machine's resolver. */
  resolver(address: string): void {
    writeFileSync(this.#resolvConf, `nameserver ${address}\nsearch outside.test\n`);
  }

  /** A stub resolver of this machine. */
  async stub(): Promise<void> {
    this.nameServer(STUB, [`--server=${NAMES}`], []);
    await until(() => this.run(['busybox', 'nslookup', WEB_NAME, STUB]), { what: 'the stub resolver' });
  }

  /** On this machine that program is not installed any more, until it is shown again. */
  async hide(program: string): Promise<void> {
    await this.run(['mount', '--bind', '/dev/null', program]);
  }

  async show(program: string): Promise<void> {
    await this.run(['umount', program]);
  }

  nameServer(address: string, options: readonly string[], enter: readonly string[]): void {
    const fixed = ['--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--group=root', '--pid-file=', '--log-facility=-'];
    const where = ['--no-resolv', '--no-hosts', '--bind-interfaces', `--listen-address=${address}`];
    this.#spawn([...enter, need('dnsmasq'), ...fixed, ...where, ...options]);
  }

  ip(lines: readonly string[], enter: readonly string[] = []): Promise<unknown> {
    return this.run([...enter, need('ip'), '-batch', '-'], `${lines.join('\n')}\n`);
  }

  run(argv: readonly string[], input = ''): Promise<unknown> {
    return runTool(argv as Argv, { timeoutMs: 5_000, input });
  }

  /** As root: whatever it is, it ends with the test. */
  #spawn(argv: readonly string[]): ChildProcess {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#children.push(child);
    return child;
  }

  async end(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.run(['umount', '/etc/resolv.conf']);
    rmSync(this.#dir, { recursive: true });
  }
}
