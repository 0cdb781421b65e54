import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Image, ImageStore } from '../../src/images/image-store.ts';
import { bigDataFile } from '../../src/images/stored-json.ts';

const ID = (digit: string) => digit.repeat(64);

interface Stored {
  id: string;
  names?: string[];
  digest?: string;
  layer?: string;
  bigData?: string[];
}

describe('image-store', () => {
  let dir: string;
  let store: ImageStore;
  /** As containers/storage does it: by rename. */
  const put = (file: string, data: unknown) => {
    writeFileSync(`${dir}/${file}.new`, JSON.stringify(data));
    renameSync(`${dir}/${file}.new`, `${dir}/${file}`);
  };
  const images = (list: Stored[]) =>
    put(
      'overlay-images/images.json',
      list.map(({ id, names, digest, layer, bigData }) => ({
        id,
        names: names ?? null,
        digest: digest ?? `sha256:${ID('d')}`,
        layer,
        created: '2026-01-01T00:00:00Z',
        'big-data-names': bigData ?? [`sha256:${id}`],
      })),
    );
  const config = (id: string, value: unknown, name = `sha256:${id}`) => {
    mkdirSync(`${dir}/overlay-images/${id}`, { recursive: true });
    writeFileSync(`${dir}/overlay-images/${id}/${bigDataFile(name)}`, JSON.stringify(value));
  };
  const layer = (id: string, link: string) => {
    mkdirSync(`${dir}/overlay/${id}`, { recursive: true });
    writeFileSync(`${dir}/overlay/${id}/link`, link);
  };

  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-store-');
    for (const sub of ['overlay-images', 'overlay-layers']) mkdirSync(`${dir}/${sub}`);
    store = new ImageStore(dir);
    layer('base', 'AAA');
    layer('top', 'BBB');
    put('overlay-layers/layers.json', [
      { id: 'base', 'diff-size': 100 },
      { id: 'top', parent: 'base', 'diff-size': 20 },
    ]);
    images([
      { id: ID('1'), names: ['docker.io/library/app:1', 'localhost/app:latest'], layer: 'top' },
      { id: ID('2'), layer: 'base', bigData: [`sha256:${ID('2')}`, `manifest-sha256:${ID('e')}`], names: ['reg.example/x:9'] },
    ]);
    config(ID('1'), {
      config: {
        Entrypoint: ['/e'],
        Cmd: null,
        Env: ['A=1'],
        User: 'u',
        WorkingDir: '/w',
        ExposedPorts: { '80/tcp': {} },
        Volumes: { '/v': {} },
        StopSignal: 'TERM',
        Labels: { a: 'b' },
      },
    });
    config(ID('2'), {});
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const first = (): Image => ({
    id: ID('1'),
    names: ['docker.io/library/app:1', 'localhost/app:latest'],
    digest: `sha256:${ID('d')}`,
    config: {
      entrypoint: ['/e'],
      cmd: [],
      env: ['A=1'],
      user: 'u',
      workdir: '/w',
      exposedPorts: ['80/tcp'],
      stopSignal: 'TERM',
      volumes: ['/v'],
      labels: { a: 'b' },
    },
    layers: ['l/BBB', 'l/AAA'],
    layerDirectories: [`${dir}/overlay/top/diff`, `${dir}/overlay/base/diff`],
    created: '2026-01-01T00:00:00Z',
    size: 120,
  });

  it('an image as a whole', () => assert.deepEqual(store.find('app:1'), first()));

  const rows: { name: string; want: string | undefined; resolved?: string }[] = [
    { name: 'app:1', want: '1' },
    { name: 'docker.io/library/app:1', want: '1' },
    { name: 'localhost/app', want: '1' },
    { name: 'app', want: undefined, resolved: '1' },
    { name: 'app:2', want: undefined },
    { name: ID('1'), want: '1' },
    { name: `sha256:${ID('2')}`, want: '2' },
    { name: '222', want: undefined, resolved: '2' },
    { name: `reg.example/x@sha256:${ID('e')}`, want: '2' },
    { name: `reg.example/y@sha256:${ID('e')}`, want: undefined },
    { name: `app@sha256:${ID('d')}`, want: '1' },
  ];
  for (const { name, want, resolved } of rows)
    it(`${name.slice(0, 30)}`, () => {
      assert.equal(store.find(name)?.id.slice(0, 1), want);
      assert.equal(store.resolve(name)?.id.slice(0, 1), resolved ?? want);
    });

  it('a short id of two images', () => {
    images([{ id: `${'abc'}${'1'.repeat(61)}` }, { id: `${'abc'}${'2'.repeat(61)}` }]);
    assert.throws(() => store.resolve('abc'), { code: 'AMBIGUOUS', message: 'abc fits 2 images' });
  });

  it('what changes is seen', () => {
    assert.equal(store.find('app:1')?.id, ID('1'));
    images([{ id: ID('2'), names: ['docker.io/library/app:1'], layer: 'base' }]);
    assert.equal(store.find('app:1')?.id, ID('2'));
    rmSync(`${dir}/overlay-images/images.json`);
    assert.equal(store.find('app:1'), undefined);
    assert.deepEqual(store.list(), []);
  });

  it('no store yet', () => assert.equal(new ImageStore(`${dir}/nothing`).find('app:1'), undefined));

  it('an image whose id is not its config\u2019s digest', () => {
    images([{ id: ID('3'), names: ['localhost/old:1'], layer: 'base', bigData: ['manifest'] }]);
    config(ID('3'), { config: { digest: `sha256:${ID('4')}` } }, 'manifest');
    config(ID('3'), { config: { Cmd: ['x'] } }, `sha256:${ID('4')}`);
    assert.deepEqual(store.find('localhost/old:1')?.config.cmd, ['x']);
  });

  it('a damaged store says which image', () => {
    images([{ id: ID('3'), names: ['localhost/bad:1'], layer: 'gone' }]);
    assert.throws(() => store.find('localhost/bad:1'), {
      code: 'IO',
      message: /^cannot read image localhost\/bad:1 in .*: Error: layer gone is missing$/,
    });
  });
});
