import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addQuantities,
  compareQuantity,
  divideQuantity,
  formatQuantity,
  parseQuantity,
  quantityMilli,
  quantityUnits,
  tryQuantity,
} from '../../src/api/quantity.ts';

const respell = (text: string | number): string => formatQuantity(parseQuantity(text));

describe('quantity', () => {
  const spellings: [text: string | number, want: string][] = [
    ['0', '0'],
    ['0Gi', '0'],
    [0.5, '500m'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1.5', '1500m'],
    ['100', '100'],
    ['1000', '1k'],
    ['123456789', '123456789'],
    ['1024', '1024'],
    ['1024Ki', '1Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Ki', '512'],
    ['1023Mi', '1023Mi'],
    ['0.1Mi', '104857600m'],
    ['1e3', '1e3'],
    ['12e6', '12e6'],
    ['1E', '1E'],
    ['1E3', '1e3'],
    ['100e-3', '100e-3'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+5', '5'],
    ['-5', '-5'],
    ['-1024Mi', '-1Gi'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1u', '1u'],
    ['9223372036854775807', '9223372036854775807'],
    ['99Ei', '9223372036854775807'],
  ];
  for (const [text, want] of spellings) it(`${text} is spelled ${want}`, () => assert.equal(respell(text), want));

  for (const text of ['', ' ', 'x', '1x', '1 Gi', '1gi', 'Gi', '.', '+', '1e', '1Gi5', '--1', '1ki', '1K'])
    it(`${JSON.stringify(text)} is no quantity`, () => {
      assert.equal(tryQuantity(text), undefined);
      assert.throws(() => parseQuantity(text), { code: 'USAGE' });
    });

  it('compare, divide, add', () => {
    assert.deepEqual([compareQuantity('1', '1000m'), compareQuantity('1Gi', '1G'), compareQuantity('250m', '0.5')], [0, 1, -1]);
    assert.deepEqual(
      [divideQuantity('250m'), divideQuantity('1Gi', '1Mi'), divideQuantity('250m', '1m'), divideQuantity('-1500m')],
      [1n, 1024n, 250n, -1n],
    );
    assert.deepEqual([quantityUnits('1.5Ki'), quantityMilli('0.25')], [1536, 250]);
    assert.deepEqual([addQuantities([]), addQuantities(['500m', '0.5']), addQuantities(['1Gi', '512Mi'])], ['0', '1', '1536Mi']);
  });

  it('its spelling is the same amount, and spelled again the same', () => {
    const text = fc
      .tuple(fc.integer({ min: -99999, max: 99999 }), fc.constantFrom('', 'm', 'k', 'M', 'Ki', 'Mi', 'Gi', 'u', 'n', 'e3', 'e-2'))
      .map((p) => p.join(''));
    fc.assert(
      fc.property(text, (t) => {
        const once = respell(t);
        assert.equal(compareQuantity(once, t), 0);
        assert.equal(respell(once), once);
      }),
    );
  });
});
