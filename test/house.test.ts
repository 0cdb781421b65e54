/** Rules of this tree that no linter knows. The import rule is in biome.json. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const below = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
/** What git knows, where this is a clone; a copy of the tree has none. */
const committed = (): string[] =>
  existsSync(join(root, '.git')) ? execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n') : [];

const LONGEST = 350;
/** Tables of cases may be longer. */
const LONGEST_TEST = 600;

describe('the house', () => {
  it('has no long files', () => {
    const long = [...below('src'), ...below('test'), ...below('tools')]
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > (file.startsWith('test/') ? LONGEST_TEST : LONGEST));
    assert.deepEqual(long, []);
  });

  it('keeps what is built out of git', () => {
    assert.deepEqual(
      committed().filter((file) => /^(dist|node_modules|coverage)\//.test(file)),
      [],
    );
  });

  it('has a structure that comes from its generator', function () {
    this.timeout(20_000);
    execFileSync(process.execPath, [join(root, 'tools/generate-structure.ts'), '--check'], { stdio: 'pipe' });
  });

  it('names each example in the docs', () => {
    const docs = ['README.md', ...below('docs').filter((file) => file.endsWith('.md'))].map(read).join('\n');
    assert.deepEqual(
      below('manifests').filter((file) => !docs.includes(file)),
      [],
    );
  });

  it('says at the head of each example what it shows and how to try it', () => {
    for (const file of below('manifests')) {
      const head = /^(?:#.*\n)+/.exec(read(file))?.[0] ?? '';
      assert.match(head, /Shows: /, file);
      assert.ok(head.includes(`play kube ${file}`) && head.includes(`kube down ${file}`), `${file}: no commands`);
    }
  });

  it('has documents whose links lead somewhere', () => {
    const dead = ['README.md', 'CHANGELOG.md', ...below('docs').filter((file) => file.endsWith('.md'))].flatMap((file) =>
      [...read(file).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^https?:/.test(target) && !existsSync(normalize(join(root, dirname(file), target))))
        .map((target) => `${file}: ${target}`),
    );
    assert.deepEqual(dead, []);
  });

  it('names in the architecture every folder of src, and no other', () => {
    const text = read('docs/architecture.md');
    const folders = readdirSync(join(root, 'src')).filter((name) => readdirSync(join(root, 'src', name)).length > 0);
    assert.deepEqual(
      folders.filter((name) => !text.includes(`${name}/`)),
      [],
    );
  });

  it('names in the docs only files that exist', () => {
    const dead = below('docs')
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...read(file).matchAll(/`((?:src|test|tools|manifests)\/[\w./-]+)`/g)]
          .map(([, path = '']) => path)
          .filter((path) => !existsSync(join(root, path)))
          .map((path) => `${file}: ${path}`),
      );
    assert.deepEqual(dead, []);
  });
});
