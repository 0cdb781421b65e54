/** Runs a test file again inside user and mount namespaces of its own, as root and as an ordinary user: nothing of it is seen outside. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findTools, requireTool } from '../../src/host/tools.ts';

const INSIDE = 'PODSTEAD_TEST_INSIDE';
const tools = findTools(process.env);
const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));

/** The user outside, whose files these are. */
export const outsideUid = (): number => Number(process.env[`${INSIDE}_UID`] ?? process.getuid?.());

/** A process that holds new namespaces open. Root maps itself, a user its subordinate ids. */
async function holdNamespaces(): Promise<ChildProcess> {
  const root = process.getuid?.() === 0;
  const user = root ? ['--user'] : ['--user', '--map-root-user', '--map-auto'];
  const script = 'echo ready; read -r _';
  const argv = [...user, '--mount', '--propagation=slave', '/bin/sh', '-c', script];
  const child = spawn(requireTool(tools, 'unshare'), argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('unshare ended')));
  });
  if (root) for (const map of ['gid_map', 'uid_map']) writeFileSync(`/proc/${child.pid}/${map}`, '0 0 65536');
  return child;
}

/**
 * Describes `title`: outside as one test that runs the file inside, inside as what `body` describes. Inside one is root,
 * and /sys/fs/cgroup is a version 2 hierarchy even where the host's is hybrid.
 */
export function inOwnNamespace(title: string, file: string, body: () => void): void {
  describe(title, function () {
    this.timeout(120_000);
    if (process.env[INSIDE]) {
      body();
      return;
    }
    it('in namespaces of its own', async () => {
      const holder = await holdNamespaces();
      try {
        const keep = process.getuid?.() === 0 ? [] : ['--preserve-credentials'];
        const script = '[ ! -d /sys/fs/cgroup/unified ] || mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup; exec "$@"';
        const argv = ['-t', String(holder.pid), '-U', '-m', ...keep, '/bin/sh', '-c', script, 'sh'];
        const mocha = [process.execPath, MOCHA, '--reporter', process.env['REPORTER'] || 'dot', fileURLToPath(file)];
        const env = { ...process.env, [INSIDE]: '1', [`${INSIDE}_UID`]: String(process.getuid?.()) };
        const child = spawn(requireTool(tools, 'nsenter'), [...argv, ...mocha], { env, stdio: ['ignore', 'pipe', 'pipe'] });
        let said = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk));
        const code = await new Promise((resolve) => child.once('exit', resolve));
        if (process.env['REPORTER']) process.stdout.write(said);
        assert.equal(code, 0, said);
      } finally {
        holder.stdin?.end();
      }
    });
  });
}
