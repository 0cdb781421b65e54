import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  checkConfigKey,
  checkEnvName,
  checkLabel,
  checkLabelValue,
  checkPortName,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  generateName,
  randomSuffix,
} from '../../src/api/name.ts';

const checks = {
  checkLabel,
  checkSubdomain,
  checkQualifiedName,
  checkLabelValue,
  checkConfigKey,
  checkEnvName,
  checkPortName,
};
type Check = keyof typeof checks;
/** check, good, bad */
const rows: [Check, string[], string[]][] = [
  ['checkLabel', ['a', '1', 'a-b', 'a'.repeat(63)], ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a'.repeat(64), 'ä', 'a\n']],
  ['checkSubdomain', ['a', 'a.b', '1.2', 'a'.repeat(253)], ['', '.', 'a..b', 'a.', '-a.b', 'A', 'a'.repeat(254)]],
  ['checkQualifiedName', ['a', 'A_b.c-d', 'example.com/a'], ['', '/', '/a', 'a/', 'a/b/c', 'a b', 'Example.com/a', 'a'.repeat(64)]],
  ['checkLabelValue', ['', 'a', 'A_b.c', '1'], ['-a', 'a-', 'a b', 'a/b', 'a'.repeat(64)]],
  ['checkConfigKey', ['a', 'a.b', '-', '_', '.a'], ['', '.', '..', '..a', 'a/b', 'a b', 'a'.repeat(254)]],
  ['checkEnvName', ['A', 'a b', '1', '.', 'a-b'], ['', 'A=B', 'ä', 'a\nb']],
  ['checkPortName', ['http', 'a1', 'web-1'], ['', 'HTTP', '80', 'a--b', '-a', 'a-', 'a_b', 'a'.repeat(16)]],
];

describe('names', () => {
  for (const [check, good, bad] of rows) {
    for (const text of good) it(`${check} ${JSON.stringify(text.slice(0, 20))} is fine`, () => assert.deepEqual(checks[check](text), []));
    for (const text of bad) it(`${check} ${JSON.stringify(text.slice(0, 20))} is not`, () => assert.notDeepEqual(checks[check](text), []));
  }

  it('port numbers', () =>
    assert.deepEqual(
      [0, 1, 65535, 65536, -1].map((port) => checkPortNumber(port).length),
      [1, 0, 0, 1, 1],
    ));

  it('generated names are names, however long the prefix', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]([-a-z0-9]{0,80}[a-z0-9])?-?$/),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (prefix, random) => {
          const made = generateName(prefix, () => random);
          assert.deepEqual(checkLabel(made), []);
          assert.ok(made.length <= 63);
        },
      ),
    );
  });
  it('the ending has no vowels', () => assert.match(randomSuffix(Math.random), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/));
});
