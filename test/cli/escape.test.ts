import assert from 'node:assert/strict';
import fc from 'fast-check';
import { manyLines, oneLine } from '../../src/cli/escape.ts';

describe('text for a terminal', () => {
  it('shows control characters in one line', () =>
    assert.equal(oneLine('a\nb\tc\u001b[31m\u0000\u009b\u202e'), 'a\\nb\\tc\\e[31m\\x00\\x9b\\u202e'));
  it('keeps lines, tabs and colours', () =>
    assert.equal(manyLines('a\r\nb\tc\u001b[1;31mred\u001b[0m', true), 'a\nb\tc\u001b[1;31mred\u001b[0m'));
  it('drops colours without colour', () => assert.equal(manyLines('\u001b[1;31mred\u001b[0m', false), 'red'));
  it('shows what would move or rename', () =>
    assert.equal(manyLines('\u001b[2J\u001b]0;title\u0007\r\u009b31m', true), '\\e[2J\\e]0;title\\x07\\r\\x9b31m'));
  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(oneLine(text), /\p{Cc}/u);
        assert.doesNotMatch(manyLines(text, false).replace(/[\n\t]/g, ''), /\p{Cc}/u);
      }),
    );
  });
});
