import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatReference,
  type ImageReference,
  isLatest,
  isLocal,
  localName,
  parseReference,
  repositoryOf,
} from '../../src/images/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('reference', () => {
  const rows: { text: string; want: ImageReference; full: string }[] = [
    { text: 'nginx', want: { domain: 'docker.io', path: 'library/nginx' }, full: 'docker.io/library/nginx:latest' },
    { text: 'nginx:1.27', want: { domain: 'docker.io', path: 'library/nginx', tag: '1.27' }, full: 'docker.io/library/nginx:1.27' },
    { text: 'team/app', want: { domain: 'docker.io', path: 'team/app' }, full: 'docker.io/team/app:latest' },
    { text: 'docker.io/nginx', want: { domain: 'docker.io', path: 'library/nginx' }, full: 'docker.io/library/nginx:latest' },
    { text: 'index.docker.io/a/b', want: { domain: 'docker.io', path: 'a/b' }, full: 'docker.io/a/b:latest' },
    { text: 'localhost/app:1', want: { domain: 'localhost', path: 'app', tag: '1' }, full: 'localhost/app:1' },
    { text: 'localhost:5000/app', want: { domain: 'localhost:5000', path: 'app' }, full: 'localhost:5000/app:latest' },
    { text: 'reg.example/a/b/c_d', want: { domain: 'reg.example', path: 'a/b/c_d' }, full: 'reg.example/a/b/c_d:latest' },
    { text: '127.0.0.1:5000/a:b', want: { domain: '127.0.0.1:5000', path: 'a', tag: 'b' }, full: '127.0.0.1:5000/a:b' },
    { text: '[::1]:5000/a', want: { domain: '[::1]:5000', path: 'a' }, full: '[::1]:5000/a:latest' },
    { text: `a@${DIGEST}`, want: { domain: 'docker.io', path: 'library/a', digest: DIGEST }, full: `docker.io/library/a@${DIGEST}` },
    {
      text: `a:1@${DIGEST}`,
      want: { domain: 'docker.io', path: 'library/a', tag: '1', digest: DIGEST },
      full: `docker.io/library/a@${DIGEST}`,
    },
    { text: 'Reg/app', want: { domain: 'Reg', path: 'app' }, full: 'Reg/app:latest' },
  ];
  for (const { text, want, full } of rows)
    it(text, () => {
      assert.deepEqual(parseReference(text), want);
      assert.equal(formatReference(want), full);
      assert.deepEqual(formatReference(parseReference(full)), full);
    });

  const wrong = [
    '',
    ':1',
    'App',
    'a/B',
    'a//b',
    'a:',
    'a:-x',
    '-a',
    'a b',
    'a@sha256:1',
    'a@',
    'reg.example/',
    '/a',
    'a/b:c:d',
    'a..b',
    `a/${'b'.repeat(260)}`,
    'ä',
    'http://a/b',
  ];
  for (const text of wrong)
    it(`${JSON.stringify(text.slice(0, 20))} is none`, () => assert.throws(() => parseReference(text), { code: 'IMAGE_NAME' }));

  it('what is built here', () => {
    assert.deepEqual(
      ['localhost/a', 'localhost:5000/a', 'a'].map((text) => isLocal(parseReference(text))),
      [true, false, false],
    );
    const names = ['app', 'team/app:2', 'localhost/app', 'docker.io/library/app', 'reg.example/app:1'].map(localName);
    assert.deepEqual(names, [
      'localhost/app:latest',
      'localhost/team/app:2',
      'localhost/app:latest',
      'docker.io/library/app:latest',
      'reg.example/app:1',
    ]);
  });

  it('latest', () => {
    const texts = ['a', 'a:latest', 'a:1', `a@${DIGEST}`, `a:latest@${DIGEST}`];
    assert.deepEqual(
      texts.map((text) => isLatest(parseReference(text))),
      [true, true, false, false, false],
    );
  });

  it('a full name is its own full name', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,8})?$/);
    const name = fc.tuple(
      fc.constantFrom('', 'localhost/', 'reg.example:1/'),
      fc.array(part, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', ':1', `@${DIGEST}`),
    );
    fc.assert(
      fc.property(name, ([domain, parts, version]) => {
        const full = formatReference(parseReference(`${domain}${parts.join('/')}${version}`));
        assert.equal(formatReference(parseReference(full)), full);
        assert.ok(full.startsWith(repositoryOf(parseReference(full))));
      }),
    );
  });
});
