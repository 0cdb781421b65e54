import assert from 'node:assert/strict';
import { age, parseDuration, shortDuration, spokenDuration } from '../../src/cli/duration.ts';

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('durations', () => {
  for (const [text, want] of [
    ['5', 5 * S],
    ['0', 0],
    ['1.5', 1_500],
    ['300ms', 300],
    ['1m30s', 90 * S],
    ['1h', H],
    ['-1s', -S],
    ['2d', 2 * D],
    ['.5s', 500],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(parseDuration(text, '--timeout'), want));
  }
  for (const text of ['', 'x', '5 s', '1m30', 's', '5y', '--1s']) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseDuration(text, '--timeout'), {
        code: 'USAGE',
        message: `--timeout: ${JSON.stringify(text)} is not a length of time`,
      }));
  }
  for (const [ms, want] of [
    [-5 * S, '<invalid>'],
    [-S, '0s'],
    [0, '0s'],
    [119 * S, '119s'],
    [120 * S, '2m'],
    [150 * S, '2m30s'],
    [10 * M + 5 * S, '10m'],
    [179 * M, '179m'],
    [3 * H, '3h'],
    [3 * H + 5 * M, '3h5m'],
    [8 * H + 5 * M, '8h'],
    [47 * H, '47h'],
    [48 * H, '2d'],
    [50 * H, '2d2h'],
    [8 * D + H, '8d'],
    [729 * D, '729d'],
    [730 * D, '2y'],
    [800 * D, '2y70d'],
    [8 * 365 * D + 3 * D, '8y'],
  ] as const) {
    it(`shows ${ms} ms as ${want}`, () => assert.equal(shortDuration(ms), want));
  }
  for (const [ms, want] of [
    [0, 'Less than a second'],
    [S, '1 second'],
    [59 * S, '59 seconds'],
    [60 * S, 'About a minute'],
    [119 * S, 'About a minute'],
    [2 * M, '2 minutes'],
    [50 * M, '50 minutes'],
    [60 * M, 'About an hour'],
    [3 * H, '3 hours'],
    [49 * H, '2 days'],
    [15 * D, '2 weeks'],
    [70 * D, '2 months'],
    [800 * D, '2 years'],
  ] as const) {
    it(`says ${want} for ${ms} ms`, () => assert.equal(spokenDuration(ms), want));
  }
  it('tells the age of a time', () => assert.equal(age('2026-01-01T00:00:00Z', new Date('2026-01-01T00:01:00Z')), '60s'));
  it('says when there is no time', () => assert.equal(age(undefined, new Date(0)), '<unknown>'));
});
