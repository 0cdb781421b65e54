import assert from 'node:assert/strict';
import { PodsteadError } from '../../src/api/errors.ts';
import { imageFacts } from '../../src/preflight/image-facts.ts';

describe('image facts', () => {
  const facts = imageFacts((reference) => reference === 'nginx');
  const rows: [string, ReturnType<typeof facts>][] = [
    ['nginx', { present: true, local: false }],
    ['localhost/app:1', { present: false, local: true }],
    ['Nginx', { invalid: 'repository name must be lowercase', present: false, local: false }],
  ];
  for (const [name, want] of rows) it(name, () => assert.deepEqual(facts(name), want));
  it('other errors are not swallowed', () => {
    const broken = imageFacts(() => {
      throw new PodsteadError('IO', 'no store');
    });
    assert.throws(() => broken('nginx'), { code: 'IO' });
  });
});
