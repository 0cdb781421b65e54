import assert from 'node:assert/strict';
import { addSeconds, microTimeText, timeOf, timeText } from '../../src/api/time.ts';

describe('time', () => {
  it('is written as the API does', () => {
    const date = new Date('2026-01-02T03:04:05.678Z');
    assert.deepEqual(
      [timeText(date), microTimeText(date), timeOf('2026-01-02T03:04:05Z')],
      ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678000Z', 1767323045000],
    );
    assert.deepEqual(
      [addSeconds('2026-01-02T03:04:05Z', 60), addSeconds('2026-01-02T03:04:05+01:00', -5)],
      ['2026-01-02T03:05:05Z', '2026-01-02T02:04:00Z'],
    );
    assert.ok(Number.isNaN(timeOf('soon')));
  });
});
