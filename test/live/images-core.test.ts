/** The image store with real buildah and a real registry. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { removeTree } from '../../src/host/files.ts';
import { runTool } from '../../src/host/spawn.ts';
import { findAccount } from '../../src/images/accounts.ts';
import { authFileText } from '../../src/images/auth-file.ts';
import { type Argv, type BuildahSetup, buildahEnv, pushArgv, rmiArgv, tagArgv } from '../../src/images/buildah.ts';
import { readAccounts } from '../../src/images/image-accounts.ts';
import { ImageStore } from '../../src/images/image-store.ts';
import { pullImage } from '../../src/images/pull.ts';
import { BUSYBOX, busyboxImage, testStore } from './images.ts';
import { inOwnNamespace, outsideUid } from './own-namespace.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** Debian's docker-registry: installed, or its package unpacked. undefined where there is no package to be had. */
function registryProgram(): string | undefined {
  if (existsSync('/usr/bin/docker-registry')) return '/usr/bin/docker-registry';
  const cache = `/tmp/podstead-registry-${outsideUid()}`;
  const program = `${cache}/root/usr/bin/docker-registry`;
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  try {
    const script = 'cd "$1" && apt-get download -q docker-registry && dpkg-deb -x docker-registry_*.deb root';
    execFileSync('/bin/sh', ['-c', script, 'sh', cache], { stdio: 'ignore', timeout: 60_000 });
  } catch {
    return undefined;
  }
  return existsSync(program) ? program : undefined;
}

/** A bcrypt test vector: the password is U*U. */
const ACCOUNTS = 'user:$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n';
const AUTH = Buffer.from('user:U*U').toString('base64');

class Registry {
  readonly #child: ChildProcess;
  readonly address: string;
  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(program: string, dir: string, locked: boolean): Promise<Registry> {
    const port = await freePort();
    mkdirSync(dir);
    writeFileSync(`${dir}/htpasswd`, ACCOUNTS);
    const auth = locked ? ['auth:', '  htpasswd:', '    realm: test', `    path: ${dir}/htpasswd`] : [];
    const config = [
      'version: 0.1',
      'storage:',
      '  filesystem:',
      `    rootdirectory: ${dir}`,
      'http:',
      `  addr: 127.0.0.1:${port}`,
      ...auth,
    ];
    writeFileSync(`${dir}/config.yml`, `${config.join('\n')}\n`);
    const child = spawn(program, ['serve', `${dir}/config.yml`], { stdio: 'ignore' });
    const deadline = Date.now() + 10_000;
    while (!(await answers(port))) {
      if (Date.now() > deadline) throw new Error('the registry does not answer within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new Registry(child, port);
  }
  end(): void {
    this.#child.kill('SIGKILL');
  }
}

const inside = (): void => {
  let dir: string;
  let setup: BuildahSetup;
  let store: ImageStore;
  const buildah = (argv: Argv) => runTool(argv, { timeoutMs: 60_000, env: buildahEnv(setup, process.env) });
  before(async () => {
    dir = mkdtempSync('/tmp/p-im-');
    setup = await testStore(dir, outsideUid());
    store = new ImageStore(setup.images);
    assert.deepEqual(store.list(), []);
    await busyboxImage(setup);
  });
  after(async () => {
    assert.doesNotMatch(readFileSync('/proc/self/mounts', 'utf8'), new RegExp(dir));
    await removeTree(dir);
  });

  it('what was built is found by name, id and digest, with its configuration', async () => {
    const lines = [
      'WORKDIR /work',
      'USER app:audio',
      'ENV A="b c"',
      'EXPOSE 80 53/udp',
      'STOPSIGNAL SIGQUIT',
      'VOLUME /data',
      'LABEL k=v',
      'ENTRYPOINT ["/bin/sh", "-c"]',
      'CMD ["echo hi"]',
    ];
    const id = await busyboxImage(setup, 'localhost/test/full:2', lines);
    const image = store.find('localhost/test/full:2');
    assert.ok(image);
    assert.deepEqual(image.config, {
      entrypoint: ['/bin/sh', '-c'],
      cmd: ['echo hi'],
      env: ['PATH=/bin', 'A=b c'],
      user: 'app:audio',
      workdir: '/work',
      exposedPorts: ['53/udp', '80/tcp'],
      stopSignal: 'SIGQUIT',
      volumes: ['/data'],
      labels: { k: 'v', 'io.buildah.version': image.config.labels['io.buildah.version'] ?? '' },
    });
    assert.deepEqual([image.id, image.names], [id, ['localhost/test/full:2']]);
    for (const name of [id, `sha256:${id}`, image.digest, `localhost/test/full@${image.digest}`, 'localhost/test/full:2'])
      assert.equal(store.find(name)?.id, id, name);
    assert.equal(store.resolve(id.slice(0, 12))?.id, id);
    assert.equal(store.resolve('test/full:2')?.id, id);
    assert.equal(store.find('localhost/test/full'), undefined);
    assert.ok(image.size > 1_000_000 && Date.now() - Date.parse(image.created) < 60_000);
    assert.deepEqual(
      store
        .list()
        .flatMap(({ names }) => names)
        .sort(),
      [BUSYBOX, 'localhost/test/full:2'],
    );
  });

  it('accounts come from the topmost layer that has them; removed and hidden files count as removed', async () => {
    const build = async (name: string, run: string) => {
      await busyboxImage(setup, name, [`RUN ${run}`]);
      const image = store.find(name);
      assert.ok(image);
      return readAccounts(image.layerDirectories);
    };
    const user = { user: { name: 'app' } };
    const plain = await build('localhost/test/plain', 'echo new:x:7:8::/n:/bin/sh >>/etc/passwd');
    assert.deepEqual(findAccount(plain, { user: { name: 'new' } }), { uid: 7, gid: 8, additionalGids: [8], home: '/n' });
    assert.deepEqual(findAccount(plain, user).additionalGids, [1000, 29, 44]);
    const removed = await build('localhost/test/removed', 'rm /etc/passwd');
    assert.deepEqual([removed.passwd, removed.group.length], [[], 5]);
    const linked = await build(
      'localhost/test/linked',
      'mv /etc/passwd /p && ln -s ../../../p /etc/passwd && rm /etc/group && ln -s /etc/host-group /etc/group',
    );
    assert.deepEqual([linked.passwd.length, linked.group], [3, []]);
  });

  it('a directory that was made anew hides what lies below it', async () => {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => `${dir}/o/${name}`) as [
      string,
      string,
      string,
      string,
    ];
    for (const path of [`${lower}/etc`, upper, work, merged]) mkdirSync(path, { recursive: true });
    writeFileSync(`${lower}/etc/passwd`, 'app:x:1000:1000::/home:\n');
    writeFileSync(`${lower}/etc/group`, 'app:x:1000:\n');
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work},userxattr`;
    const script =
      'mount -t overlay overlay -o "$1" "$2" && rm -rf "$2/etc" && mkdir "$2/etc" && echo a:x:5:6::/a: >"$2/etc/passwd"; umount "$2"';
    execFileSync('/bin/sh', ['-c', script, 'sh', options, merged]);
    assert.deepEqual(await readAccounts([upper, lower]), { passwd: [{ name: 'a', uid: 5, gid: 6, home: '/a' }], group: [] });
  });

  it('tags are given and taken', async () => {
    await buildah(tagArgv(setup, BUSYBOX, 'localhost/test/other:3'));
    const image = store.find('localhost/test/other:3');
    assert.equal(image?.id, store.find(BUSYBOX)?.id);
    assert.deepEqual(image?.names.toSorted(), [BUSYBOX, 'localhost/test/other:3']);
    await buildah(rmiArgv(setup, 'localhost/test/other:3'));
    assert.equal(store.find('localhost/test/other:3'), undefined);
    assert.ok(store.find(BUSYBOX));
  });

  it('an image costs a few milliseconds when nothing is known of it, and next to nothing afterwards', () => {
    const fresh = new ImageStore(setup.images);
    const took = (store: ImageStore) => {
      const start = performance.now();
      assert.ok(store.find(BUSYBOX));
      return performance.now() - start;
    };
    const [first, second] = [took(fresh), took(fresh)];
    assert.ok(first < 100 && second < 20, `${first} ms, ${second} ms`);
  });

  describe('registry', function () {
    this.timeout(90_000);
    let open: Registry;
    let locked: Registry;
    const pull = (image: string, more: { authFile?: string } = {}) =>
      pullImage(setup, image, { timeoutMs: 30_000, env: process.env, ...more });
    before(async function () {
      const program = registryProgram();
      if (program === undefined) this.skip();
      open = await Registry.start(program, `${dir}/open`, false);
      locked = await Registry.start(program, `${dir}/locked`, true);
      await buildah(pushArgv(setup, BUSYBOX, `${open.address}/team/app:1`));
      const authFile = `${dir}/push-auth.json`;
      writeFileSync(authFile, authFileText([locked.address], 'user:U*U'));
      await buildah(pushArgv(setup, BUSYBOX, `${locked.address}/team/app:1`, { authFile }));
    });
    after(() => {
      open?.end();
      locked?.end();
    });

    it('pulls by tag and by digest, and tells how it goes', async () => {
      const name = `${open.address}/team/app:1`;
      const said: string[] = [];
      const id = await pullImage(setup, name, { timeoutMs: 30_000, env: process.env, onProgress: (line) => said.push(line) });
      assert.equal(id, store.find(BUSYBOX)?.id);
      assert.ok(store.find(name)?.names.includes(name));
      assert.ok(
        said.some((line) => /^Copying (blob|config)/.test(line)),
        said.join('\n'),
      );
      const digest = readdirSync(`${dir}/open/docker/registry/v2/repositories/team/app/_manifests/revisions/sha256`)[0];
      const byDigest = `${open.address}/team/app@sha256:${digest}`;
      assert.equal(await pull(byDigest), id);
      assert.equal(store.find(byDigest)?.id, id);
    });

    it('says what is wrong', async () => {
      const kind = (error: unknown) => (error instanceof Error ? [Reflect.get(error, 'code'), Reflect.get(error, 'kind')] : error);
      const failure = (image: string, more = {}) => pull(image, more).then(() => 'pulled', kind);
      writeFileSync(
        `${dir}/wrong.json`,
        JSON.stringify({ auths: { [locked.address]: { auth: Buffer.from('user:no').toString('base64') } } }),
      );
      assert.deepEqual(await failure(`${open.address}/team/app:2`), ['IMAGE_NOT_FOUND', 'not-found']);
      assert.deepEqual(await failure(`${open.address}/nobody/nothing`), ['IMAGE_NOT_FOUND', 'not-found']);
      assert.deepEqual(await failure(`${locked.address}/team/app:1`), ['IMAGE_NOT_FOUND', 'auth']);
      assert.deepEqual(await failure(`${locked.address}/team/app:1`, { authFile: `${dir}/wrong.json` }), ['IMAGE_NOT_FOUND', 'auth']);
      assert.deepEqual(await failure(`127.0.0.1:${await freePort()}/team/app:1`), ['IMAGE_NOT_FOUND', 'network']);
      assert.deepEqual(await failure('nowhere.invalid/app:1'), ['IMAGE_NOT_FOUND', 'network']);
      assert.deepEqual(await failure('Not/A:Name:'), ['IMAGE_NAME', undefined]);
    });

    it('an auth file opens a locked registry', async () => {
      writeFileSync(`${dir}/auth.json`, JSON.stringify({ auths: { [locked.address]: { auth: AUTH } } }));
      assert.equal(await pull(`${locked.address}/team/app:1`, { authFile: `${dir}/auth.json` }), store.find(BUSYBOX)?.id);
    });
  });
};

inOwnNamespace('images', import.meta.url, inside);
