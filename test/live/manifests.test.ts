/** Every example is played as it stands (but for the ports of this machine: others may use them), asked, and taken down. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { leaks, type Ran, type ScratchHome, scratchHome, snapshot } from './harness.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
const podstead = join(root, 'bin/podstead');
const MINUTE = 60_000;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** An example, running. */
interface Played {
  run(...args: string[]): Promise<Ran>;
  /** stdout of what must succeed. */
  says(...args: string[]): Promise<string>;
  /** A jsonpath of one object. */
  field(object: string, path: string): Promise<string>;
  /** What the port answers that the example calls this one. */
  fetch(port: number, path?: string): Promise<string>;
  replay(): Promise<Ran>;
}

interface Example {
  shows: string;
  /** One line an object. */
  created: string[];
  kept?: string[];
  notices?: string[];
  asks(played: Played): Promise<void>;
}

const patiently = <T>(what: string, condition: () => Promise<T>) => until(condition, { what, timeoutMs: 20_000 });

const EXAMPLES: Record<string, Example> = {
  'hello.yaml': {
    shows: 'two containers share localhost and a volume',
    created: ['pod/hello'],
    asks: async ({ fetch, says }) => {
      const answer = await patiently('an answer of hello', () => fetch(8080));
      assert.match(answer, /^Hello from hello\. It is /);
      assert.match(await says('exec', 'hello', '-c', 'clock', '--', 'wget', '-qO-', 'http://127.0.0.1'), /^Hello from hello/);
    },
  },
  'deployment.yaml': {
    shows: 'three pods, and as many again after they are deleted',
    created: ['deployment.apps/web'],
    asks: async ({ says, field }) => {
      const names = async () => (await says('get', 'pods', '-l', 'app=web', '-o', 'name')).trim().split('\n');
      assert.match(await says('rollout', 'status', 'deploy/web'), /deployment "web" successfully rolled out/);
      const before = await names();
      assert.equal(before.length, 3);
      await says('delete', 'pod', '-l', 'app=web');
      assert.equal(await patiently('three ready pods', async () => (await field('deploy/web', '.status.readyReplicas')) === '3'), true);
      assert.equal(new Set([...before, ...(await names())]).size, 6, 'all of them are new');
      await says('scale', 'deploy/web', '--replicas=5');
      await patiently('five ready pods', async () => (await field('deploy/web', '.status.readyReplicas')) === '5');
    },
  },
  'config.yaml': {
    shows: 'a ConfigMap and a Secret as variables and files',
    created: ['configmap/site', 'secret/site', 'pod/site'],
    asks: async ({ says, field, fetch }) => {
      assert.equal(await patiently('the page', () => fetch(8081)), '<h1>A page from a ConfigMap</h1>\n');
      assert.equal(await fetch(8081, '/colour'), 'green');
      const variables = (await says('exec', 'site', '--', 'env')).split('\n');
      const address = await field('pod/site', '.status.podIP');
      for (const line of ['COLOUR=green', `GREETING=green from ${address}`, 'SITE_password=correct horse battery staple'])
        assert.ok(variables.includes(line), line);
      assert.equal(await says('exec', 'site', '--', 'cat', '/run/secrets/site/password'), 'correct horse battery staple');
      assert.match(await says('exec', 'site', '--', 'ls', '-lL', '/run/secrets/site/password'), /^-r--------/);
    },
  },
  'init.yaml': {
    shows: 'init containers in their order, and a sidecar',
    created: ['pod/prepared'],
    asks: async ({ says, field }) => {
      await patiently('main has written', async () =>
        (await says('exec', 'prepared', '-c', 'main', '--', 'cat', '/shared/order')).includes('main'),
      );
      assert.equal(await says('exec', 'prepared', '-c', 'main', '--', 'cat', '/shared/order'), 'first\nsidecar\nsecond\nmain\n');
      assert.equal(await field('pod/prepared', '.status.initContainerStatuses[*].ready'), 'true true true');
      await patiently('the sidecar has read', async () => (await says('logs', 'prepared', '-c', 'sidecar')) === 'started\n');
    },
  },
  'probes.yaml': {
    shows: 'ready when it answers, restarted when it is no longer healthy',
    created: ['pod/watched'],
    asks: async ({ says, field }) => {
      await says('wait', 'pod/watched', '--for=condition=Ready', '--timeout=20s');
      assert.equal(await says('exec', 'watched', '--', 'cat', '/tmp/hook'), 'after the start\n');
      await says('exec', 'watched', '--', 'rm', '/www/healthy');
      await patiently('a restart', async () => (await field('pod/watched', '.status.containerStatuses[0].restartCount')) === '1');
      await says('wait', 'pod/watched', '--for=condition=Ready', '--timeout=20s');
      assert.match(await says('events'), /Liveness probe failed/);
    },
  },
  'security.yaml': {
    shows: 'a container that may do next to nothing',
    created: ['pod/locked'],
    notices: ['limits', 'requests'].map(
      (field) => `notice: pod/locked: spec.containers[0].resources.${field}: not enforced yet: containers are not put into cgroups`,
    ),
    asks: async ({ says }) => {
      const text = await patiently('its report', async () => {
        const log = await says('logs', 'locked');
        return /^labels: /m.test(log) ? log : undefined;
      });
      for (const line of [
        /^uid=1000\(app\) gid=1000\(app\) groups=1000\(app\),2000$/m,
        /^CapEff:\t0000000000000000$/m,
        /^NoNewPrivs:\t1$/m,
        /^Seccomp:\t2$/m,
        /^touch: \/here: Read-only file system$/m,
        /^-rw-r--r-- +1 1000 +2000 .* there$/m,
        /^labels: tier="inner", memory: 67108864 bytes$/m,
      ])
        assert.match(text, line);
    },
  },
  'storage.yaml': {
    shows: "redis, whose data outlive the pods and the file's end",
    created: ['persistentvolumeclaim/redis', 'deployment.apps/redis'],
    kept: ['persistentvolumeclaim/redis'],
    notices: ['notice: persistentvolumeclaim/redis: spec.resources.requests.storage: the size of a claim is not limited'],
    asks: async ({ says, run, replay }) => {
      await says('rollout', 'status', 'deploy/redis', '--timeout=20s');
      assert.equal(await says('exec', 'deploy/redis', '--', 'redis-cli', 'set', 'greeting', 'hello'), 'OK\n');
      await says('delete', 'deploy/redis');
      await patiently('the pod is gone', async () => (await says('get', 'pods', '-o', 'name')) === '');
      assert.equal((await replay()).code, 0);
      await says('rollout', 'status', 'deploy/redis', '--timeout=20s');
      assert.equal(await says('exec', 'deploy/redis', '--', 'redis-cli', 'get', 'greeting'), 'hello\n');
      assert.equal((await run('get', 'pvc', 'redis', '-o', 'jsonpath={.status.phase}')).stdout, 'Bound');
    },
  },
};

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Its text, with ports of this machine that are free; they are found under the ones that it names. */
async function withFreePorts(file: string): Promise<{ text: string; ports: Map<number, number> }> {
  const given = readFileSync(join(root, 'manifests', file), 'utf8');
  const ports = new Map<number, number>();
  for (const [, port] of given.matchAll(/hostPort: (\d+)/g)) ports.set(Number(port), await freePort());
  return { text: given.replace(/hostPort: (\d+)/g, (_, port) => `hostPort: ${ports.get(Number(port))}`), ports };
}

describe('the examples under manifests/', function () {
  this.timeout(3 * MINUTE);
  let home: ScratchHome;
  const run = (args: readonly string[], input?: string) =>
    home.run([podstead, ...args], { timeoutMs: MINUTE, ...(input !== undefined && { input }) });
  const says = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0, `podstead ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  };

  before(async () => {
    home = scratchHome();
    const { code, stderr } = await home.run([join(root, 'tools/example-image'), 'hello', 'nginx', 'redis'], { timeoutMs: 2 * MINUTE });
    assert.equal(code, 0, stderr);
  });
  // what a failed test has left must not disturb the next one
  afterEach(() => run(['delete', 'deploy,rs,pods,cm,secret,pvc', '--all', '--force', '--timeout=20s']));
  after(() => home[Symbol.asyncDispose]());

  it('are all here', () => {
    assert.deepEqual(readdirSync(join(root, 'manifests')).sort(), Object.keys(EXAMPLES).sort());
  });

  for (const [file, { shows, created, kept = [], notices = [], asks }] of Object.entries(EXAMPLES)) {
    it(`${file}: ${shows}`, async () => {
      const { text, ports } = await withFreePorts(file);
      const play = () => run(['play', 'kube', '-'], text);
      const played = await play();
      assert.equal(played.code, 0, played.stderr);
      assert.deepEqual(
        lines(played.stdout),
        created.map((name) => `${name} created`),
      );
      assert.deepEqual(
        lines(played.stderr).filter((line) => !line.startsWith('http://')),
        notices,
      );
      assert.deepEqual(
        lines((await play()).stdout),
        created.map((name) => `${name} unchanged`),
      );
      await asks({
        run: (...args) => run(args),
        says,
        field: (object, path) => says('get', object, '-o', `jsonpath={${path}}`),
        fetch: async (port, path = '') => (await fetch(`http://127.0.0.1:${ports.get(port)}${path}`)).text(),
        replay: play,
      });
      const down = await run(['kube', 'down', '-'], text);
      assert.equal(down.code, 0, down.stderr);
      assert.deepEqual(
        lines(down.stdout),
        created.map((name) => `${name} ${kept.includes(name) ? 'kept' : 'deleted'}`),
      );
      await run(['kube', 'down', '--force', '-'], text);
      assert.equal(await says('get', 'deploy,rs,pods,pvc,cm,secret', '-o', 'name'), '');
      assert.deepEqual(readdirSync(home.paths().pods), []);
      assert.deepEqual(readdirSync(home.paths().volumes), []);
    });
  }

  it('leave no process behind: when nothing runs, everything ends by itself', async () => {
    const { user, dir } = home;
    const empty = { processes: new Set<string>(), ports: new Set<string>(), mounts: snapshot({ user }).mounts, files: new Set<string>() };
    const left = () => leaks(empty, snapshot({ user, dirs: [dir] })).filter((line) => line.includes(dir) && !line.startsWith('file '));
    await until(() => left().length === 0, { what: 'nothing runs in its home', timeoutMs: 30_000 }).catch((error: unknown) => {
      throw new Error(left().join('\n'), { cause: error });
    });
  });
});
