import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatSelector,
  fromLabelSelector,
  matchesFields,
  matchesLabelSelector,
  matchesSelector,
  parseFieldSelector,
  parseSelector,
  type Requirement,
} from '../../src/api/selector.ts';

const labels = { app: 'web', tier: 'front', 'example.com/track': '', constructor: 'x' };

describe('selector', () => {
  const rows: [text: string, matches: boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier=front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['none!=web', true],
    ['app in (db,web)', true],
    ['app in (db, cache)', false],
    ['app notin (db)', true],
    ['app notin (web,db)', false],
    ['none notin (web)', true],
    ['app in (web),tier', true],
    ['!none', true],
    ['!app', false],
    ['none', false],
    ['example.com/track=', true],
    ['example.com/track', true],
    ['toString', false],
    ['constructor=x', true],
  ];
  for (const [text, matches] of rows)
    it(`${JSON.stringify(text)} ${matches ? 'matches' : 'does not match'}`, () =>
      assert.equal(matchesSelector(parseSelector(text), labels), matches));

  for (const text of ['a=b,', ',', 'a b', '=b', 'a in b', 'a in (b', '-a=b', 'a=b c', 'a=/', 'a/b/c=d', `${'x'.repeat(64)}=a`])
    it(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseSelector(text), { code: 'USAGE' }));

  it('of an object: none matches nothing, an empty one everything', () => {
    assert.deepEqual(
      [matchesLabelSelector(undefined, labels), matchesLabelSelector({}, labels), matchesLabelSelector({}, undefined)],
      [false, true, true],
    );
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front'] },
        { key: 'x', operator: 'DoesNotExist' },
      ],
    };
    assert.equal(matchesLabelSelector(selector, labels), true);
    assert.equal(formatSelector(fromLabelSelector(selector)), 'app=web,tier in (front),!x');
    assert.throws(() => fromLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Like' }] }), { code: 'USAGE' });
  });

  const word = fc.stringMatching(/^[a-z]([a-z0-9.-]{0,8}[a-z0-9])?$/);
  const requirement: fc.Arbitrary<Requirement> = fc.oneof(
    fc.record({ key: word, operator: fc.constantFrom('=' as const, '!=' as const), values: fc.tuple(word) }, { noNullPrototype: true }),
    fc.record(
      { key: word, operator: fc.constantFrom('in' as const, 'notin' as const), values: fc.array(word, { minLength: 1, maxLength: 3 }) },
      { noNullPrototype: true },
    ),
    fc.record(
      { key: word, operator: fc.constantFrom('exists' as const, 'absent' as const), values: fc.constant([]) },
      { noNullPrototype: true },
    ),
  );
  it('what is printed is read back', () => {
    fc.assert(fc.property(fc.array(requirement), (selector) => assert.deepEqual(parseSelector(formatSelector(selector)), selector)));
  });
  it('a requirement and its opposite never agree', () => {
    const opposite = { '=': '!=', '!=': '=', in: 'notin', notin: 'in', exists: 'absent', absent: 'exists' } as const;
    fc.assert(
      fc.property(requirement, fc.dictionary(word, word), (r, some) => {
        assert.notEqual(matchesSelector([r], some), matchesSelector([{ ...r, operator: opposite[r.operator] }], some));
      }),
    );
  });

  it('fields', () => {
    assert.deepEqual(parseFieldSelector('metadata.name=a\\,b,status.phase!=Running,spec.nodeName=='), [
      { field: 'metadata.name', equal: true, value: 'a,b' },
      { field: 'status.phase', equal: false, value: 'Running' },
      { field: 'spec.nodeName', equal: true, value: '' },
    ]);
    assert.equal(matchesFields(parseFieldSelector('a.b=1,c!=2'), { 'a.b': '1' }), true);
    assert.equal(matchesFields(parseFieldSelector('a.b!=1'), { 'a.b': '1' }), false);
    assert.deepEqual(parseFieldSelector(''), []);
    assert.throws(() => parseFieldSelector('metadata.name'), { code: 'USAGE' });
  });
});
