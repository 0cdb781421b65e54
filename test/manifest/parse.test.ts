import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Document, parseManifest } from '../../src/manifest/parse.ts';
import { plainScalar } from '../../src/manifest/scalar.ts';

const scalars: [string, unknown][] = [
  ['', null],
  ['~', null],
  ['null', null],
  ['yes', true],
  ['On', true],
  ['n', false],
  ['oN', 'oN'],
  ['1', 1],
  ['-1', -1],
  ['+2', 2],
  ['0777', 511],
  ['0o17', 15],
  ['0xff', 255],
  ['-0x10', -16],
  ['0b101', 5],
  ['1_000', 1000],
  ['08', 8],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['1e3', 1000],
  ['12e', '12e'],
  ['1.2.3', '1.2.3'],
  ['1:30', '1:30'],
  ['2001-01-01', '2001-01-01'],
  ['-', '-'],
  ['nginx', 'nginx'],
];

describe('plain scalars', () => {
  for (const [source, want] of scalars)
    it(`${JSON.stringify(source)} is ${JSON.stringify(want)}`, () => assert.equal(plainScalar(source), want));
});

const objectsOf = (text: string) => parseManifest(text, 'a.yaml').documents.map((d) => d.object);
const faultsOf = (text: string) =>
  parseManifest(text, 'a.yaml').faults.map(({ reason, field, position }) => `${position?.line}:${position?.column} ${field} ${reason}`);
const only = (text: string): Document => {
  const { documents, faults } = parseManifest(text, 'a.yaml');
  assert.deepEqual(faults, []);
  assert.equal(documents.length, 1);
  return documents[0]!;
};
const placeOf = (text: string, field: string, of?: 'key' | 'value') => {
  const { line, column } = only(text).position(field, of);
  return `${line}:${column}`;
};

describe('documents', () => {
  it('several, with empty ones between', () => assert.deepEqual(objectsOf('---\na: 1\n---\n# nothing\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }]));
  it('JSON', () => assert.deepEqual(objectsOf('{"a": [1, "yes", true], "b": null}'), [{ a: [1, 'yes', true], b: null }]));
  it('a byte order mark', () => assert.deepEqual(objectsOf('\uFEFFa: 1'), [{ a: 1 }]));
  it('quotes keep text', () => assert.deepEqual(objectsOf(`a: "1"\nb: 'yes'\nc: |\n  x\n`), [{ a: '1', b: 'yes', c: 'x\n' }]));
  it('tags', () => assert.deepEqual(objectsOf('a: !!str 1\nb: !!binary aGk=\nc: !!int "3"'), [{ a: '1', b: 'hi', c: 3 }]));
  it('keys that are not text', () => assert.deepEqual(objectsOf('true: a\n80: b\n1.5: c'), [{ true: 'a', 80: 'b', 1.5: 'c' }]));
  it('names that every JavaScript object has', () => {
    const [object] = objectsOf('__proto__: {a: 1}\nconstructor: 2\n');
    assert.deepEqual(Object.keys(object!), ['__proto__', 'constructor']);
    assert.equal(({} as { a?: number }).a, undefined);
  });
  it('anchors and aliases', () => assert.deepEqual(objectsOf('a: &x {k: 1}\nb: *x'), [{ a: { k: 1 }, b: { k: 1 } }]));
  it('merge keys: what is written wins', () =>
    assert.deepEqual(objectsOf('base: &b {k: 1, l: 2}\nc: {<<: *b, k: 3}\nd:\n  <<: [*b, {m: 4}]'), [
      { base: { k: 1, l: 2 }, c: { k: 3, l: 2 }, d: { k: 1, l: 2, m: 4 } },
    ]));
  it('lists of objects are taken apart', () =>
    assert.deepEqual(objectsOf('kind: List\nitems:\n- {kind: A}\n- kind: PodList\n  items: [{kind: B}]\n'), [
      { kind: 'A' },
      { kind: 'B' },
    ]));
});

describe('faults of text', () => {
  const rows: [string, string, string[]][] = [
    ['a missing colon', 'a: 1\nmetadata\n  name: x\n', ['2:1  SyntaxError']],
    ['an unknown anchor', 'a: 1\nb: *x\n', ['2:4  SyntaxError']],
    ['an infinite number', 'a: .inf', ['1:4  SyntaxError']],
    ['a repeated key, once', 'a:\n  b: 1\n  b: 2\n  b: 3\n', ['3:3 a.b DuplicateField']],
    ['a text', 'just words', ['1:1  WrongType']],
    ['an item of a list', 'kind: List\nitems: [1]', ['2:9  WrongType']],
    ['one bad document does not hide the others', 'a: [\n---\nb: *x\n', ['2:1  SyntaxError', '3:4  SyntaxError']],
    ['an alias of itself', 'a: &x [*x]', ['1:7  SyntaxError']],
  ];
  for (const [name, text, want] of rows) it(name, () => assert.deepEqual(faultsOf(text), want));

  it('aliases that multiply', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    const { faults } = parseManifest(lines.join('\n'), 'bomb.yaml');
    assert.deepEqual(
      faults.map((f) => f.message),
      ['too many values (do aliases multiply?)'],
    );
  });
});

const pod = `# a pod
metadata:
  name: web
  labels: {app.kubernetes.io/name: web}
spec:
  containers:
  - name: a
    env: &env
    - {name: A, value: "1"}
    image:
  - name: b
    env: *env
    resources:
      limits:
        nvidia.com/gpu: 1
`;

describe('positions', () => {
  const rows: [string, 'key' | 'value' | undefined, string][] = [
    ['', undefined, '2:1'],
    ['metadata.name', undefined, '3:9'],
    ['metadata.name', 'key', '3:3'],
    ['metadata.labels[app.kubernetes.io/name]', 'key', '4:12'],
    ['metadata.labels.app.kubernetes.io/name', 'value', '4:36'],
    ['spec.containers[0]', undefined, '7:5'],
    ['spec.containers[0].env[0].value', undefined, '9:24'],
    ['spec.containers[1].env[0].value', undefined, '9:24'],
    ['spec.containers[1].resources.limits[nvidia.com/gpu]', undefined, '15:25'],
    // not written: the key of the nearest parent
    ['spec.containers[0].image', undefined, '10:5'],
    ['spec.containers[1].image', undefined, '11:5'],
    ['spec.containers[5].image', undefined, '6:3'],
    ['spec.volumes[0].name', undefined, '5:1'],
    ['status.phase', undefined, '2:1'],
  ];
  for (const [field, of, want] of rows) it(`${field || 'the document'} ${of ?? ''}`, () => assert.equal(placeOf(pod, field, of), want));

  it('through merge keys', () => assert.equal(placeOf('base: &b\n  k: 1\nc:\n  <<: *b\n', 'c.k'), '2:6'));
  it('in items of a list of objects', () => {
    const { documents } = parseManifest('kind: List\nitems:\n- kind: A\n  b: 1\n', 'a.yaml');
    assert.deepEqual(documents[0]?.position('b'), { file: 'a.yaml', line: 4, column: 6 });
  });

  it('every field of JSON is found where it stands', () => {
    const key = fc.stringMatching(/^[a-z]{1,3}$/);
    const json = fc.dictionary(key, fc.oneof(fc.integer(), fc.dictionary(key, fc.integer()), fc.array(fc.dictionary(key, fc.integer()))), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(json, (object) => {
        const text = JSON.stringify(object, null, 1);
        const lines = text.split('\n');
        const document = only(text);
        const check = (value: unknown, path: string): void => {
          const { line, column } = document.position(path);
          assert.ok(lines[line - 1]!.slice(column - 1).startsWith(JSON.stringify(value, null, 1).split('\n')[0]!), path);
          if (Array.isArray(value)) for (const [i, item] of value.entries()) check(item, `${path}[${i}]`);
          else if (typeof value === 'object' && value !== null)
            for (const [name, item] of Object.entries(value)) check(item, path === '' ? name : `${path}.${name}`);
        };
        check(object, '');
      }),
      { numRuns: 50 },
    );
  });
});
