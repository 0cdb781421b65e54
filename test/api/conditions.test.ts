import assert from 'node:assert/strict';
import { type ConditionLike, findCondition, isTrue, removeCondition, setCondition } from '../../src/api/conditions.ts';

describe('conditions', () => {
  const ready: ConditionLike = { type: 'Ready', status: 'False', lastTransitionTime: 't0' };
  it('keep their time while the status stays', () => {
    assert.deepEqual(setCondition([ready], { type: 'Ready', status: 'False', reason: 'R' }, 't1'), [
      { type: 'Ready', status: 'False', reason: 'R', lastTransitionTime: 't0' },
    ]);
    assert.deepEqual(setCondition([ready], { type: 'Ready', status: 'True' }, 't1'), [
      { type: 'Ready', status: 'True', lastTransitionTime: 't1' },
    ]);
  });
  it('keep their place, new ones come last', () => {
    const two = setCondition([ready], { type: 'Other', status: 'True' }, 't1');
    assert.deepEqual(
      two.map((c) => c.type),
      ['Ready', 'Other'],
    );
    assert.deepEqual(
      [isTrue(two, 'Other'), isTrue(two, 'Ready'), isTrue(undefined, 'Ready'), findCondition(two, 'None')],
      [true, false, false, undefined],
    );
    assert.deepEqual(
      removeCondition(two, 'Ready').map((c) => c.type),
      ['Other'],
    );
  });
});
