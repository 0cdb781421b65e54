import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { imageVolumeBinds } from '../../src/runtime/image-volumes.ts';

describe('image-volumes', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync('/tmp/p-vol-');
    mkdirSync(`${root}/data/deep`, { recursive: true });
    symlinkSync('/etc', `${root}/link`);
    symlinkSync('data', `${root}/inner`);
    writeFileSync(`${root}/file`, '');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const rows: { name: string; volumes: string[]; taken?: string[]; want: string[] }[] = [
    { name: 'none', volumes: [], want: [] },
    { name: 'directories, each once', volumes: ['/data', 'data/', '/data/deep'], want: ['/data', '/data/deep'] },
    { name: 'one that the manifest mounts', volumes: ['/data', '/data/deep'], taken: ['/data/'], want: ['/data/deep'] },
    {
      name: 'links, files, nothing, the root, a way out',
      volumes: ['/link', '/link/ssl', '/inner', '/file', '/no', '/', '/../data/../../etc'],
      want: [],
    },
  ];
  for (const { name, volumes, taken, want } of rows)
    it(name, () => {
      const binds = want.map((destination) => ({ source: `${root}${destination}`, destination }));
      assert.deepEqual(imageVolumeBinds(root, volumes, taken ?? []), binds);
    });
});
