import assert from 'node:assert/strict';
import { authFileText } from '../../src/images/auth-file.ts';

describe('auth file', () => {
  it('has the log-in for each registry', () => {
    const auth = Buffer.from('ada:a:b').toString('base64');
    assert.deepEqual(JSON.parse(authFileText(['docker.io', '127.0.0.1:5000'], 'ada:a:b')), {
      auths: { 'docker.io': { auth }, '127.0.0.1:5000': { auth } },
    });
  });

  for (const wrong of ['secret', ':secret', ''])
    it(`${JSON.stringify(wrong)} is refused and not repeated`, () =>
      assert.throws(() => authFileText(['docker.io'], wrong), { code: 'USAGE', message: '--creds is not of the form USER:PASSWORD' }));
});
