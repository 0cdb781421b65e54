/** What touches a real file system, without privileges. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stampName, writeAtomicVolume } from '../../../src/kubelet/volumes/atomic-writer.ts';
import { checkHostPath } from '../../../src/kubelet/volumes/host-path.ts';
import { bindScript, tmpfsScript, unmountScript } from '../../../src/kubelet/volumes/mount-commands.ts';
import { mountPoints, mountsBelow } from '../../../src/kubelet/volumes/mount-table.ts';
import { descriptorPath, openBelow, PathEscape } from '../../../src/kubelet/volumes/open-path.ts';
import { applyGroup } from '../../../src/kubelet/volumes/ownership.ts';
import type { PayloadFile } from '../../../src/kubelet/volumes/payload.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp('/tmp/p-volumes-');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const mode = async (path: string): Promise<number> => (await lstat(path)).mode & 0o7777;
const file = (path: string, text: string, fileMode = 0o644): PayloadFile => ({ path, data: Buffer.from(text), mode: fileMode });

describe('atomic writer', () => {
  const now = new Date('2026-01-31T12:00:00Z');
  let count = 0;
  const random = () => {
    count += 1;
    return count / 1e10;
  };
  const write = (...files: PayloadFile[]) => writeAtomicVolume({ directory: join(dir, 'v'), files, now, random });

  it('names its directories by time', () => assert.equal(stampName(now, 0.5), '..2026_01_31_12_00_00.5000000000'));
  it('shows files through ..data', async () => {
    assert.equal(await write(file('a', '1'), file('sub/b', '2', 0o400)), true);
    const v = join(dir, 'v');
    assert.deepEqual((await readdir(v)).filter((n) => !n.startsWith('..2')).sort(), ['..data', 'a', 'sub']);
    assert.deepEqual([await readlink(join(v, 'a')), await readlink(join(v, 'sub'))], ['..data/a', '..data/sub']);
    assert.deepEqual([await readFile(join(v, 'a'), 'utf8'), await readFile(join(v, 'sub/b'), 'utf8')], ['1', '2']);
    assert.deepEqual([await mode(v), await mode(join(v, '..data/a')), await mode(join(v, '..data/sub/b'))], [0o777, 0o644, 0o400]);
    assert.equal(await mode(join(v, await readlink(join(v, '..data')))), 0o755);
  });
  it('leaves equal content alone', async () => {
    await write(file('a', '1'));
    const before = await readlink(join(dir, 'v/..data'));
    assert.equal(await write(file('a', '1')), false);
    assert.equal(await readlink(join(dir, 'v/..data')), before);
  });
  it('replaces all, and clears away what is no more', async () => {
    await write(file('a', '1'), file('b', '1'));
    assert.equal(await write(file('b', '2'), file('c', '2')), true);
    const names = (await readdir(join(dir, 'v'))).sort();
    assert.deepEqual(names, [await readlink(join(dir, 'v/..data')), '..data', 'b', 'c']);
    assert.equal(await readFile(join(dir, 'v/b'), 'utf8'), '2');
  });
  it('a file may become a directory', async () => {
    await write(file('a', '1'));
    await write(file('a/b', '2'));
    assert.equal(await readFile(join(dir, 'v/a/b'), 'utf8'), '2');
  });
  it('a changed mode is a change', async () => {
    await write(file('a', '1', 0o400));
    assert.equal(await write(file('a', '1', 0o644)), true);
    assert.equal(await mode(join(dir, 'v/..data/a')), 0o644);
  });
  it('clears away what an interrupted write left', async () => {
    await write(file('a', '1'));
    await mkdir(join(dir, 'v/..2020_left'));
    await symlink('..2020_left', join(dir, 'v/..data_tmp'));
    assert.equal(await write(file('a', '1')), false);
    assert.deepEqual((await readdir(join(dir, 'v'))).sort(), [await readlink(join(dir, 'v/..data')), '..data', 'a']);
  });
  it('nothing is seen of a write that fails', async () => {
    await write(file('a', '1'));
    const prepare = () => Promise.reject(new Error('no'));
    await assert.rejects(writeAtomicVolume({ directory: join(dir, 'v'), files: [file('a', '2')], prepare, now, random: () => 0.9 }), /no/);
    assert.equal(await readFile(join(dir, 'v/a'), 'utf8'), '1');
  });
  it('an empty one is a directory with nothing in view', async () => {
    await write();
    assert.deepEqual(
      (await readdir(join(dir, 'v'))).filter((n) => !n.startsWith('..')),
      [],
    );
  });
});

describe('hostPath', () => {
  it('checks types, and makes what may be made', async () => {
    await writeFile(join(dir, 'file'), '');
    await symlink(dir, join(dir, 'link'));
    const socket = createServer().listen(join(dir, 'socket'));
    await new Promise((resolve) => socket.once('listening', resolve));
    const at = (name: string, type: Parameters<typeof checkHostPath>[1]) => checkHostPath(join(dir, name), type);
    const fault = (name: string, what: string) => `hostPath type check failed: ${join(dir, name)} is not ${what}`;
    try {
      assert.deepEqual(
        await Promise.all([
          at('.', 'Directory'),
          at('link', 'Directory'),
          at('file', 'Directory'),
          at('none', 'Directory'),
          at('file', 'File'),
          at('.', 'File'),
          at('socket', 'Socket'),
          at('file', 'Socket'),
          checkHostPath('/dev/null', 'CharDevice'),
          at('file', 'BlockDevice'),
          at('new/dir', 'DirectoryOrCreate'),
          at('file', 'DirectoryOrCreate'),
          at('other/new', 'FileOrCreate'),
          at('.', 'FileOrCreate'),
          at('made', ''),
          at('file', ''),
        ]),
        [
          undefined,
          undefined,
          fault('file', 'a directory'),
          fault('none', 'a directory'),
          undefined,
          fault('.', 'a file'),
          undefined,
          fault('file', 'a socket file'),
          undefined,
          fault('file', 'a block device'),
          undefined,
          fault('file', 'a directory'),
          undefined,
          fault('.', 'a file'),
          undefined,
          undefined,
        ],
      );
      assert.deepEqual([await mode(join(dir, 'new/dir')), await mode(join(dir, 'other/new'))], [0o755, 0o644]);
    } finally {
      socket.close();
    }
  });
});

describe('a path below a volume', () => {
  const open = async (subPath: string): Promise<string> => {
    const opened = openBelow(join(dir, 'v'), subPath, 0o750);
    const real = await readlink(descriptorPath(opened.fd));
    await opened.close();
    return `${real.slice(dir.length)}${opened.directory ? '/' : ''}`;
  };
  beforeEach(async () => {
    await mkdir(join(dir, 'v/in/deep'), { recursive: true });
    await writeFile(join(dir, 'v/in/file'), '');
    await writeFile(join(dir, 'secret'), '');
    const links = { up: '../secret', abs: dir, ok: 'in', around: 'in/../in/deep', loop: 'loop', chain: 'ok/back', dangling: 'later' };
    for (const [name, target] of Object.entries(links)) await symlink(target, join(dir, 'v', name));
    await symlink('../in/file', join(dir, 'v/in/back'));
    await symlink('../../..', join(dir, 'v/in/out'));
  });
  const rows: [string, string][] = [
    ['in', '/v/in/'],
    ['in/file', '/v/in/file'],
    ['./in//deep/', '/v/in/deep/'],
    ['ok/file', '/v/in/file'],
    ['around', '/v/in/deep/'],
    ['chain', '/v/in/file'],
    ['in/back', '/v/in/file'],
    ['new/er', '/v/new/er/'],
    ['dangling', '/v/later/'],
  ];
  for (const [subPath, want] of rows) it(`${subPath} is ${want}`, async () => assert.equal(await open(subPath), want));
  for (const subPath of ['..', '../v', 'in/../../secret', 'up', 'abs', 'abs/secret', 'in/out', 'loop', '/..'])
    it(`${subPath} is refused`, () => assert.rejects(open(subPath), PathEscape));
  it('a file is no directory', () => assert.rejects(open('in/file/x'), { code: 'ENOTDIR' }));
  it('what is missing is made with the mode given', async () => {
    await open('new');
    assert.equal(await mode(join(dir, 'v/new')), 0o750);
  });
  it('leaves no descriptor open', async () => {
    const before = (await readdir('/proc/self/fd')).length;
    for (const subPath of ['in/deep', 'up', 'abs', 'loop', 'around']) await open(subPath).catch(() => undefined);
    assert.equal((await readdir('/proc/self/fd')).length, before);
  });
});

describe('fsGroup', () => {
  const gid = process.getgid?.() ?? 0;
  beforeEach(async () => {
    await mkdir(join(dir, 'v/sub'), { recursive: true });
    await writeFile(join(dir, 'v/sub/file'), '');
    await writeFile(join(dir, 'outside'), '');
    await symlink('../../outside', join(dir, 'v/sub/link'));
    await chmod(join(dir, 'v'), 0o777);
    await chmod(join(dir, 'v/sub'), 0o700);
    await chmod(join(dir, 'v/sub/file'), 0o600);
    await chmod(join(dir, 'outside'), 0o600);
  });
  const modes = () => Promise.all(['v', 'v/sub', 'v/sub/file', 'outside'].map((name) => mode(join(dir, name))));
  it('lets the group write, and follows no link', async () => {
    await applyGroup(join(dir, 'v'), { gid, readOnly: false, onlyIfRootDiffers: false });
    assert.deepEqual(await modes(), [0o2777, 0o2770, 0o660, 0o600]);
  });
  it('lets the group only read what is read-only', async () => {
    await applyGroup(join(dir, 'v'), { gid, readOnly: true, onlyIfRootDiffers: false });
    assert.deepEqual(await modes(), [0o2777, 0o2750, 0o640, 0o600]);
  });
  it('OnRootMismatch: leaves all alone when the root is right', async () => {
    await chmod(join(dir, 'v'), 0o2777);
    await applyGroup(join(dir, 'v'), { gid, readOnly: false, onlyIfRootDiffers: true });
    assert.deepEqual(await modes(), [0o2777, 0o700, 0o600, 0o600]);
  });
});

describe('mounts', () => {
  it('mount table', () => {
    const line = (at: string): string => `36 35 98:0 / ${at} rw,noatime master:1 - ext3 /dev/root rw`;
    const points = mountPoints(['/', '/a', '/a/b', '/ab', '/a/with\\040space'].map(line).join('\n'));
    assert.deepEqual(mountsBelow(points, '/a'), ['/a/with space', '/a/b', '/a']);
    assert.ok(mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')).includes('/'));
  });
  it('scripts', () => {
    const silent = '</dev/null >/dev/null 2>&1';
    assert.deepEqual(
      [tmpfsScript("/a'b", 1024), tmpfsScript('/a', undefined), bindScript('/proc/1/fd/2', '/t'), unmountScript(['/a', '/b c'])],
      [
        `mount -n -i -t tmpfs -o mode=0777,nosuid,nodev,size=1024 tmpfs '/a'\\''b' ${silent}`,
        `mount -n -i -t tmpfs -o mode=0777,nosuid,nodev tmpfs '/a' ${silent}`,
        `mount -n -i -c --bind '/proc/1/fd/2' '/t' ${silent}`,
        `umount -n -l -- '/a' '/b c' ${silent}`,
      ],
    );
  });
});
