/** The small image of the live tests: Debian's static busybox, three accounts, and nothing else. Built in a quarter of a second. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from '../../src/host/spawn.ts';
import { findTools } from '../../src/host/tools.ts';
import { type BuildahSetup, buildArgv, buildahEnv } from '../../src/images/buildah.ts';
import { prepareBuildah } from '../../src/images/prepare.ts';

export const BUSYBOX = 'localhost/test/busybox:1';
const PASSWD = ['root:x:0:0:root:/root:/bin/sh', 'nobody:x:65534:65534:nobody:/:/bin/false', 'app:x:1000:1000:app:/home/app:/bin/sh'];
const GROUP = ['root:x:0:', 'nobody:x:65534:', 'app:x:1000:', 'audio:x:29:app', 'video:x:44:root,app'];

export interface Context {
  directory: string;
  dispose(): void;
}

const busyboxPath = (): string => {
  const file = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (file === undefined) throw new Error('busybox-static is not installed');
  return file;
};

/** A build context that anybody can read. `lines`: more of the Containerfile. */
export async function busyboxContext(lines: readonly string[] = []): Promise<Context> {
  const directory = mkdtempSync(join(tmpdir(), 'p-image-'));
  const root = join(directory, 'rootfs');
  for (const name of ['bin', 'etc', 'dev', 'proc', 'sys', 'root', 'home/app', 'var', 'run']) {
    mkdirSync(join(root, name), { recursive: true, mode: 0o755 });
  }
  mkdirSync(join(root, 'tmp'), { mode: 0o1777 });
  copyFileSync(busyboxPath(), join(root, 'bin/busybox'));
  const { stdout } = await runTool([busyboxPath(), '--list'], { timeoutMs: 5_000 });
  for (const name of stdout.trim().split('\n')) if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
  writeFileSync(join(root, 'etc/passwd'), `${PASSWD.join('\n')}\n`);
  writeFileSync(join(root, 'etc/group'), `${GROUP.join('\n')}\n`);
  const file = ['FROM scratch', 'COPY rootfs/ /', 'ENV PATH=/bin', 'CMD ["sh"]', ...lines];
  writeFileSync(join(directory, 'Containerfile'), `${file.join('\n')}\n`);
  await runTool(['chmod', '-R', 'a+rX', directory], { timeoutMs: 5_000 });
  return { directory, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A store below `directory`; to be used inside our namespaces. */
export function testStore(directory: string, uid: number): Promise<BuildahSetup> {
  const { buildah = 'buildah', unshare = 'unshare' } = findTools(process.env);
  const wanted = {
    buildah,
    unshare,
    images: join(directory, 'images'),
    imagesRun: join(directory, 'images-run'),
    storageConf: join(directory, 'conf/storage.conf'),
    uid,
  };
  return prepareBuildah(wanted, { policies: ['/etc/containers/policy.json'], ownPolicy: join(directory, 'conf/policy.json') });
}

/** Builds it (with more lines of a Containerfile, under another name) into a store. */
export async function busyboxImage(setup: BuildahSetup, name = BUSYBOX, lines: readonly string[] = []): Promise<string> {
  const context = await busyboxContext(lines);
  try {
    const argv = buildArgv(setup, {
      context: context.directory,
      file: join(context.directory, 'Containerfile'),
      tags: [name],
      quiet: true,
    });
    const { stdout } = await runTool(argv, { timeoutMs: 60_000, env: buildahEnv(setup, process.env) });
    return stdout.trim();
  } finally {
    context.dispose();
  }
}
