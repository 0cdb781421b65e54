import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml } from '../../src/cli/yaml.ts';

describe('yaml output', () => {
  it('keeps key order, and lists are not indented', () => {
    const object = { kind: 'Pod', apiVersion: 'v1', spec: { containers: [{ name: 'c', args: ['a b'] }], volumes: [] }, status: {} };
    const want = 'kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - name: c\n    args:\n    - a b\n  volumes: []\nstatus: {}\n';
    assert.equal(toYaml(object), want);
  });
  const plain = [
    '007',
    'true',
    'yes',
    'on',
    'n',
    '12:30:45',
    '1_000',
    '0x1f',
    '1e3',
    '~',
    'null',
    '',
    '=',
    '<<',
    '.inf',
    '2020-01-01',
    'yes: #1',
    '- a',
    '@x',
    '%x',
  ];
  const odd = [
    'a\nb\n',
    ' x',
    'x ',
    'tab\there',
    '\u0007',
    '\u009b',
    'a\r\nb',
    'a\u0085b',
    '\u2028',
    '\ufeffx',
    '---',
    'a\n---\nb',
    '\n\n x\n',
    '\ta\n',
    'x\u0000',
  ];
  for (const text of [...plain, ...odd]) {
    it(`reads back ${JSON.stringify(text)} in YAML 1.1 and 1.2`, () => {
      const yaml = toYaml({ value: text, [text]: [text] });
      for (const version of ['1.1', '1.2'] as const)
        assert.deepEqual(parse(yaml, { version, merge: true }), { value: text, [text]: [text] });
    });
  }
  it('quotes what YAML 1.1 readers take for something else', () =>
    assert.equal(toYaml(['yes', '007', 'n', '=']), '- "yes"\n- "007"\n- "n"\n- "="\n'));
  it('reads back every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const object = { value: JSON.parse(JSON.stringify(value)) as unknown };
        assert.deepEqual(parse(toYaml(object)), object);
      }),
    );
  });
});
