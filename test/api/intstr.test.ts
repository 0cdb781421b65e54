import assert from 'node:assert/strict';
import { percentOf, resolveCount } from '../../src/api/intstr.ts';

describe('numbers or percentages', () => {
  it('percentages are rounded as asked', () => {
    assert.deepEqual(
      [resolveCount(3, 10, 'up'), resolveCount('25%', 10, 'up'), resolveCount('25%', 10, 'down'), resolveCount('0%', 10, 'up')],
      [3, 3, 2, 0],
    );
    assert.deepEqual([percentOf('25%'), percentOf(25), percentOf('25'), percentOf('2.5%')], [25, undefined, undefined, undefined]);
    assert.throws(() => resolveCount('x', 1, 'up'), { code: 'USAGE' });
  });
});
