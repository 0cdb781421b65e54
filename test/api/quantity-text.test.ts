import assert from 'node:assert/strict';
import { quantityText, quantityTextMilli } from '../../src/api/quantity-text.ts';

const rows: [unknown, string | undefined][] = [
  ['500m', '500m'],
  [0.1, '100m'],
  ['1000m', '1'],
  ['1.5', '1500m'],
  ['1024Mi', '1Gi'],
  ['1000Ki', '1000Ki'],
  // kept as written: there is nothing to shorten
  ['+2', '+2'],
  ['00512', '00512'],
  ['5.', '5.'],
  ['1e3', '1e3'],
  ['1E3', '1E3'],
  ['1E2', '100'],
  ['1e0', '1e0'],
  ['+0', '0'],
  // a sign or suffix alone is zero
  ['Mi', '0'],
  ['.Gi', '0'],
  ['-', '0'],
  ['', undefined],
  ['1 Gi', undefined],
  ['1kb', undefined],
  ['0x10', undefined],
  [true, undefined],
  [[1], undefined],
];

describe('quantities as the server writes them', () => {
  for (const [value, want] of rows) it(`${JSON.stringify(value)} → ${want}`, () => assert.equal(quantityText(value), want));
  it('rounds up to thousandths', () => assert.deepEqual(['0.0001', '1u', '1500u', '2'].map(quantityTextMilli), ['1m', '1m', '2m', '2']));
});
