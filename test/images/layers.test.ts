import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { opaqueMembers } from '../../src/images/image-accounts.ts';
import { LayerTree } from '../../src/images/layers.ts';

describe('layers', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-layer-');
    for (const layer of ['top', 'middle', 'bottom']) mkdirSync(`${dir}/${layer}`);
    writeFileSync(`${dir}/host`, 'host');
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const file = (path: string, text = path) => {
    mkdirSync(dirname(`${dir}/${path}`), { recursive: true });
    writeFileSync(`${dir}/${path}`, text);
  };
  const link = (path: string, target: string) => {
    mkdirSync(dirname(`${dir}/${path}`), { recursive: true });
    symlinkSync(target, `${dir}/${path}`);
  };

  const rows: { name: string; make: () => void; opaque?: string; want: string | undefined }[] = [
    { name: 'only below', make: () => file('bottom/etc/passwd'), want: 'bottom/etc/passwd' },
    {
      name: 'the topmost counts',
      make: () => {
        file('bottom/etc/passwd');
        file('middle/etc/passwd');
        file('top/etc/other');
      },
      want: 'middle/etc/passwd',
    },
    {
      name: 'removed, as fuse-overlayfs writes it',
      make: () => {
        file('bottom/etc/passwd');
        file('top/etc/.wh.passwd', '');
      },
      want: undefined,
    },
    {
      name: 'its directory removed',
      make: () => {
        file('bottom/etc/passwd');
        file('top/.wh.etc', '');
      },
      want: undefined,
    },
    {
      name: 'removed and made again',
      make: () => {
        file('bottom/etc/passwd');
        file('middle/etc/.wh.passwd', '');
        file('top/etc/passwd');
      },
      want: 'top/etc/passwd',
    },
    {
      name: 'a directory that hides those below',
      make: () => {
        file('bottom/etc/passwd');
        file('top/etc/other');
      },
      opaque: 'top/etc',
      want: undefined,
    },
    {
      name: 'the same, as fuse-overlayfs writes it',
      make: () => {
        file('bottom/etc/passwd');
        file('top/etc/.wh..wh..opq', '');
      },
      want: undefined,
    },
    {
      name: 'a file in the place of the directory',
      make: () => {
        file('bottom/etc/passwd');
        file('top/etc', 'x');
      },
      want: undefined,
    },
    {
      name: 'a directory in the place of the file',
      make: () => {
        file('bottom/etc/passwd');
        file('top/etc/passwd/x');
      },
      want: undefined,
    },
    {
      name: 'a link to another file, in another layer',
      make: () => {
        link('top/etc/passwd', 'real');
        file('bottom/etc/real');
      },
      want: 'bottom/etc/real',
    },
    {
      name: 'a directory that is a link, absolute',
      make: () => {
        link('top/etc', '/private/etc');
        file('bottom/private/etc/passwd');
      },
      want: 'bottom/private/etc/passwd',
    },
    {
      name: 'a link that climbs out stays inside',
      make: () => {
        link('top/etc/passwd', '../../../../../../host');
        file('bottom/host', 'inside');
      },
      want: 'inside',
    },
    { name: 'a link to the host', make: () => link('top/etc/passwd', '/proc/self/status'), want: undefined },
    {
      name: 'links in a circle',
      make: () => {
        link('top/etc/passwd', 'a');
        link('top/etc/a', 'passwd');
      },
      want: undefined,
    },
    {
      name: 'a FIFO',
      make: () => {
        mkdirSync(`${dir}/top/etc`);
        execFileSync('mkfifo', [`${dir}/top/etc/passwd`]);
      },
      want: undefined,
    },
    { name: 'nothing', make: () => {}, want: undefined },
  ];
  for (const { name, make, opaque, want } of rows)
    it(name, () => {
      make();
      const tree = new LayerTree([`${dir}/top`, `${dir}/middle`, `${dir}/bottom`], (path) => path === `${dir}/${opaque}`);
      assert.equal(tree.readText('/etc/passwd'), want);
    });

  it('archives that name no attribute hide nothing', () => {
    for (const name of ['a/etc', 'b/etc']) mkdirSync(`${dir}/${name}`, { recursive: true });
    const argv = ['--xattrs', '--format=pax', '--no-recursion', '-cf', '-', '-C', `${dir}/a`, 'etc', '-C', `${dir}/b`, 'etc'];
    assert.deepEqual(opaqueMembers(execFileSync('tar', argv).toString()), [false, false]);
    assert.deepEqual(opaqueMembers(''), []);
  });
});
