/** What live tests share: an unprivileged user, a scratch home, waiting for conditions, and the search for what was left behind. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { loadPaths } from '../../src/host/boot.ts';
import type { Paths } from '../../src/host/paths.ts';
import { killAll } from '../../src/host/stop.ts';
import { leaks, snapshot } from './leaks.ts';
import { until } from './until.ts';

export { leaks, type Snapshot, snapshot } from './leaks.ts';
export { until } from './until.ts';

export interface TestUser {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** Ourselves; run by root: the ordinary user `podstead-test` (PODSTEAD_TEST_USER names another), made when it is not there. */
export const testUser = (): TestUser => {
  if (process.getuid?.() !== 0) return self();
  const name = process.env['PODSTEAD_TEST_USER'] ?? 'podstead-test';
  if (lookUp(name) === undefined) execFileSync('useradd', ['-m', name], { stdio: 'ignore' });
  const user = lookUp(name);
  if (user === undefined) throw new Error(`user ${name} could not be made`);
  return user;
};

/** Whom the tests are run as: ourselves, unless PODSTEAD_TEST_USER names a user and root runs them. */
export const subject = (): TestUser => (process.env['PODSTEAD_TEST_USER'] === undefined ? self() : testUser());

const self = (): TestUser => {
  const { username, uid, gid, homedir } = userInfo();
  return { name: username, uid, gid, home: homedir };
};

const lookUp = (name: string): TestUser | undefined => {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid, , home = '/'] = line?.split(':') ?? [];
  return line === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid), home };
};

/** What to put before a command to run it as that user; nothing for ourselves. The environment stays. */
export const asUser = (user: TestUser): string[] =>
  user.uid === process.getuid?.()
    ? []
    : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--inh-caps=-all', '--'];

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  ms: number;
}

export interface RunOptions {
  input?: string;
  cwd?: string;
  timeoutMs?: number;
}

/** Runs to the end with exactly this environment; any exit code is an answer (128 + N for signal N). */
export const runAs = (user: TestUser, argv: readonly string[], env: NodeJS.ProcessEnv, options: RunOptions = {}): Promise<Ran> => {
  const [file = '', ...args] = [...asUser(user), ...argv];
  const began = performance.now();
  const child = spawn(file, args, { env, cwd: options.cwd ?? '/', stdio: ['pipe', 'pipe', 'pipe'] });
  const timeoutMs = options.timeoutMs ?? 30_000;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${argv.join(' ')}: not done after ${timeoutMs} ms\n${stdout}${stderr}`));
    }, timeoutMs);
    child.on('error', reject);
    // close: a pipe that a daemon of ours keeps open is a defect, and shows here
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128 + signalNumber(signal), stdout, stderr, ms: performance.now() - began });
    });
  });
};

const signalNumber = (signal: NodeJS.Signals | null): number => ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 })[signal as string] ?? 0;

export interface ScratchHome {
  user: TestUser;
  dir: string;
  env: Record<string, string>;
  /** Of podstead in this home; asked anew each time, since the runtime directory in use may change. */
  paths(): Paths;
  fakeTool(name: string, script: string): void;
  run(argv: readonly string[], options?: RunOptions & { env?: NodeJS.ProcessEnv }): Promise<Ran>;
  /** Ends everything, removes the directory, then throws when something of it is left. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Nothing of the real HOME is touched. The path is short, as sockets below it need it to be. */
export const scratchHome = (user: TestUser = subject()): ScratchHome => {
  const dir = mkdtempSync('/tmp/p-');
  const make = (path: string) => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chownSync(path, user.uid, user.gid);
  };
  chmodSync(dir, 0o755);
  for (const sub of ['', 'bin', 'data', 'run', 'state', 'config', 'cache']) make(join(dir, sub));
  const env = {
    HOME: dir,
    USER: user.name,
    LANG: 'C.UTF-8',
    PATH: `${dir}/bin:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    XDG_DATA_HOME: `${dir}/data`,
    XDG_RUNTIME_DIR: `${dir}/run`,
    XDG_STATE_HOME: `${dir}/state`,
    XDG_CONFIG_HOME: `${dir}/config`,
    XDG_CACHE_HOME: `${dir}/cache`,
  };
  const before = snapshot({ user });
  const paths = () => loadPaths(env, user.uid);
  return {
    user,
    dir,
    env,
    paths,
    fakeTool: (name, script) => {
      writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      chmodSync(join(dir, 'bin', name), 0o755);
    },
    run: (argv, options = {}) => runAs(user, argv, { ...env, ...options.env }, options),
    [Symbol.asyncDispose]: async () => {
      await killAll(paths());
      removeAll(dir);
      await until(() => leaks(before, snapshot({ user, dirs: [dir] })).length === 0, {
        what: 'nothing left of a test',
        timeoutMs: 5_000,
      }).catch((error: unknown) => {
        throw new Error(`left behind:\n${leaks(before, snapshot({ user, dirs: [dir] })).join('\n')}`, { cause: error });
      });
    },
  };
};

/** Files of containers belong to subordinate ids: an ordinary user removes them in a namespace where it has these ids. */
const removeAll = (dir: string): void => {
  if (process.getuid?.() === 0) rmSync(dir, { recursive: true, force: true });
  else execFileSync('unshare', ['--user', '--map-root-user', '--map-auto', 'rm', '-rf', dir]);
  if (existsSync(dir)) throw new Error(`${dir} could not be removed`);
};
