import assert from 'node:assert/strict';
import type { Image } from '../../src/images/image-store.ts';
import { checkRemovable, type ImageUse, imageUsers } from '../../src/images/image-users.ts';

const ID = 'a'.repeat(64);
const use = (pod: string, imageId = ID): ImageUse => ({ imageId, namespace: 'n', pod, name: 'c' });
const image = (names: string[]): Image => ({
  id: ID,
  names,
  digest: '',
  config: { entrypoint: [], cmd: [], env: [], user: '', workdir: '', exposedPorts: [], volumes: [], labels: {} },
  layers: [],
  layerDirectories: [],
  created: '',
  size: 0,
});

describe('image-users', () => {
  it('each pod once, by id with or without its algorithm', () => {
    assert.deepEqual(imageUsers(`sha256:${ID}`, [use('b'), use('a', `sha256:${ID}`), use('b'), use('c', 'x')]), ['n/a', 'n/b']);
  });

  const rows: { name: string; names: string[]; word: string; pods: string[]; want?: string }[] = [
    { name: 'nobody uses it', names: ['localhost/a:1'], word: 'localhost/a:1', pods: [] },
    { name: 'its only name', names: ['localhost/a:1'], word: 'localhost/a:1', pods: ['p'], want: 'image localhost/a:1 is used by pod n/p' },
    { name: 'one of two names', names: ['localhost/a:1', 'localhost/b:1'], word: 'localhost/a:1', pods: ['p'] },
    {
      name: 'its id',
      names: ['localhost/a:1', 'localhost/b:1'],
      word: 'aaaaaaaaaaaa',
      pods: ['p'],
      want: 'image aaaaaaaaaaaa is used by pod n/p',
    },
    { name: 'many', names: [], word: ID, pods: ['1', '2', '3', '4', '5'], want: `image ${ID} is used by pods n/1, n/2, n/3 and 2 more` },
  ];
  for (const { name, names, word, pods, want } of rows)
    it(name, () => {
      const check = () =>
        checkRemovable(
          image(names),
          word,
          pods.map((pod) => use(pod)),
        );
      if (want === undefined) check();
      else assert.throws(check, { code: 'IMAGE_IN_USE', message: want });
    });
});
