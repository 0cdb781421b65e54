import assert from 'node:assert/strict';
import { expand } from '../../src/api/expansion.ts';

describe('expansion', () => {
  const values = new Map([
    ['A', 'a'],
    ['EMPTY', ''],
    ['REF', '$(A)'],
    ['A(', 'odd'],
  ]);
  const rows: [text: string, want: string][] = [
    ['plain', 'plain'],
    ['$(A)', 'a'],
    ['x$(A)y$(A)', 'xaya'],
    ['$(EMPTY)', ''],
    ['$(B)', '$(B)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$$$$(A)', '$$(A)'],
    ['$A {A} $[A]', '$A {A} $[A]'],
    ['$(REF)', '$(A)'],
    ['$(A', '$(A'],
    ['$(A$(A)', '$(A$(A)'],
    ['$(A()', 'odd'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$()', '$()'],
    ['$(A)$', 'a$'],
  ];
  for (const [text, want] of rows) it(`${text} → ${want}`, () => assert.equal(expand(text, values), want));
  it('tells what was missing', () => {
    const missing: string[] = [];
    expand('$(A) $(X) $(Y)', values, (name) => missing.push(name));
    assert.deepEqual(missing, ['X', 'Y']);
  });
});
