import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { checkPrivateDirectory, makeDirectory, makePrivateDirectory, readIfExists, removeTree, writeAtomic } from '../../src/host/files.ts';

describe('files', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const mode = (path: string) => statSync(path).mode & 0o777;

  it('replaces a file in one step, with its mode', async () => {
    for (const [text, bits] of [
      ['one', 0o600],
      ['two', 0o644],
    ] as const) {
      await writeAtomic(`${dir}/f`, text, bits, { durable: true });
      assert.deepEqual([readFileSync(`${dir}/f`, 'utf8'), mode(`${dir}/f`), readdirSync(dir)], [text, bits, ['f']]);
    }
  });

  it('leaves nothing behind when it fails', async () => {
    mkdirSync(`${dir}/f`);
    writeFileSync(`${dir}/f/x`, '');
    await assert.rejects(writeAtomic(`${dir}/f`, 'text'), { code: 'EISDIR' });
    assert.deepEqual(readdirSync(dir), ['f']);
  });

  it('a hundred writers at once: one of them has written', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, i) => writeAtomic(`${dir}/f`, `${i}`.padStart(1_000, '.'))));
    assert.match(readFileSync(`${dir}/f`, 'utf8'), /^\.+\d+$/);
    assert.deepEqual(readdirSync(dir), ['f']);
  });

  it('nothing there is no error', async () => {
    assert.equal(await readIfExists(`${dir}/none`), undefined);
    writeFileSync(`${dir}/f`, '');
    assert.equal(await readIfExists(`${dir}/f/none`), undefined);
    await removeTree(`${dir}/none`);
  });

  it('a directory gets the mode asked for, whatever the umask; one that is there keeps its own', async () => {
    const umask = process.umask(0o077);
    try {
      await makeDirectory(`${dir}/a/b`, 0o755);
      await makeDirectory(`${dir}/a`, 0o777);
    } finally {
      process.umask(umask);
    }
    assert.deepEqual([mode(`${dir}/a/b`), mode(`${dir}/a`)], [0o755, 0o700]);
  });

  it('a directory is used only when it is ours alone', () => {
    const uid = process.getuid?.() ?? 0;
    const check = (name: string, owner = uid) => checkPrivateDirectory(`${dir}/${name}`, owner);
    check('none');
    mkdirSync(`${dir}/p`, { mode: 0o700 });
    check('p');
    symlinkSync(`${dir}/p`, `${dir}/link`);
    assert.throws(() => check('link'), { code: 'HOST_UNSUPPORTED' });
    const message = `${dir}/p is not a directory of user ${uid + 1}: its owner is ${uid}`;
    assert.throws(() => check('p', uid + 1), { code: 'HOST_UNSUPPORTED', message });
    chmodSync(`${dir}/p`, 0o755);
    assert.throws(() => check('p'), { code: 'HOST_UNSUPPORTED', message: `${dir}/p is open to others: its mode is 755` });
  });

  it('a private directory is made private', async () => {
    mkdirSync(`${dir}/d`);
    chmodSync(`${dir}/d`, 0o755);
    await makePrivateDirectory(`${dir}/d`, process.getuid?.() ?? 0);
    await makePrivateDirectory(`${dir}/new/d`, process.getuid?.() ?? 0);
    assert.deepEqual([mode(`${dir}/d`), mode(`${dir}/new/d`)], [0o700, 0o700]);
  });

  const foreign: { name: string; make: () => void }[] = [
    { name: "somebody else's directory", make: () => mkdirSync(`${dir}/d`) },
    { name: 'a link', make: () => symlinkSync('/tmp', `${dir}/d`) },
  ];
  for (const row of foreign)
    it(`${row.name} is refused`, async () => {
      row.make();
      const uid = (process.getuid?.() ?? 0) + (row.name === 'a link' ? 0 : 1);
      await assert.rejects(makePrivateDirectory(`${dir}/d`, uid), { code: 'HOST_UNSUPPORTED', message: /is not a directory of user/ });
    });
});
