import assert from 'node:assert/strict';
import fc from 'fast-check';
import { copyJson, freezeJson, sameJson, stableJson } from '../../src/api/json.ts';

describe('json', () => {
  it('equal whatever the order of keys; undefined is absent', () => {
    assert.equal(sameJson({ a: 1, b: undefined }, { a: 1 }), true);
    assert.equal(sameJson({ a: 1 }, { b: undefined, a: 1 }), true);
    assert.equal(sameJson({ a: null }, {}), false);
    assert.equal(sameJson([1, 2], [2, 1]), false);
    assert.equal(sameJson([1], { 0: 1 }), false);
    assert.equal(sameJson({ toString: 1 }, {}), false);
  });
  it('stable text exactly when equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        assert.equal(stableJson(a), stableJson(copyJson(a)));
        assert.equal(sameJson(a, b), stableJson(a) === stableJson(b));
      }),
    );
    assert.equal(stableJson({ b: [1, { d: null, c: undefined }], a: 'x' }), '{"a":"x","b":[1,{"d":null}]}');
  });
  it('frozen at every depth', () => {
    const value = freezeJson({ a: [{ b: 1 }] });
    assert.throws(() => Object.assign(value.a[0] ?? {}, { b: 2 }), TypeError);
  });
});
