import assert from 'node:assert/strict';
import { withDefaults } from '../../src/api/defaults.ts';
import type { Fault } from '../../src/api/fault.ts';
import { validateUpdate } from '../../src/api/validate.ts';
import { answerOf, casesOf, goldenFolder, loadCase, loadUpdate, missingCauses, objectOf, strip } from './golden.ts';

/** Answers we do not give yet, each with its reason. A case that is answered must leave this list. */
const GAPS = {
  valid: [
    'pod-quantity-extremes', // a whole number of more than 2^53 without quotes
    'pod-runtime-class-overhead-same-as-class', // there are no RuntimeClass objects
  ],
  invalid: [
    'pod-overhead-differs-from-runtime-class', // no RuntimeClass objects
    'pod-priority-class-name-missing-class', // no PriorityClass objects: the name has no effect
    'service-cluster-ip-out-of-range', // the range is the network's
    // kinds that are not supported yet
    ...['type-cron-suspend-string', 'type-hpa-utilization-string', 'type-ingress-port-string', 'type-networkpolicy-policytypes-string'],
  ],
  update: ['pod-resource-version-stale'], // the store's
};

const word = (fault: Fault) => `${fault.field} ${fault.reason}: ${fault.message}`;
const same = (a: unknown, b: unknown): boolean => {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
};

describe('answers of a real API server', () => {
  before(function () {
    if (goldenFolder !== undefined) return;
    console.log('      skipped: no golden corpus at $PODSTEAD_GOLDEN or ../shared/golden');
    this.skip();
  });

  it('valid: accepted, with the same object', () => {
    const failed = casesOf('valid').filter((name) => {
      const { objects, faults } = loadCase('valid', name);
      const [object] = objects;
      return faults.length > 0 || object === undefined || !same(strip(withDefaults(object)), strip(objectOf(name)));
    });
    assert.deepEqual(failed, GAPS.valid);
  });

  it('valid: defaults are not changed by defaulting again', () => {
    for (const name of casesOf('valid')) {
      const [object] = loadCase('valid', name).objects;
      assert.ok(object);
      const once = withDefaults(object);
      assert.deepEqual(withDefaults(once), once, name);
    }
  });

  it('invalid: refused, with every cause', () => {
    const failed = casesOf('invalid').filter((name) => {
      const { faults } = loadCase('invalid', name);
      const { causes } = answerOf('invalid', name);
      return causes.length === 0 ? faults.length === 0 : missingCauses(causes, faults).length > 0;
    });
    assert.deepEqual(failed, GAPS.invalid.toSorted());
  });

  it('invalid: every fault has a place', () => {
    for (const name of casesOf('invalid'))
      for (const fault of loadCase('invalid', name).faults) assert.ok((fault.position?.line ?? 0) > 0, `${name}: ${word(fault)}`);
  });

  it('update: the same verdict', () => {
    const failed = casesOf('update').filter((name) => {
      const { before, after } = loadUpdate(name);
      const [from, to] = [before.objects[0], after.objects[0]];
      assert.ok(from && to, name);
      const faults = [...after.faults, ...validateUpdate(withDefaults(from), withDefaults(to))];
      const { code, causes } = answerOf('update', name);
      if (causes.length > 0) return missingCauses(causes, faults).length > 0;
      return (code === 200) !== (faults.length === 0);
    });
    assert.deepEqual(failed, GAPS.update);
  });
});
