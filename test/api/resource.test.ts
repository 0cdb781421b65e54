import assert from 'node:assert/strict';
import { groupOf, resourceOf } from '../../src/api/resource.ts';

describe('resource', () => {
  it('names kinds that are known and kinds that are not', () => {
    assert.deepEqual([groupOf('v1'), groupOf('apps/v1')], ['', 'apps']);
    assert.deepEqual(resourceOf('networking.k8s.io/v1', 'Ingress'), { group: 'networking.k8s.io', plural: 'ingresses', kind: 'Ingress' });
    assert.deepEqual(resourceOf('podstead.dev/v1', 'Play'), { group: 'podstead.dev', plural: 'plays', kind: 'Play' });
    assert.deepEqual(resourceOf('example.com/v1', 'Thing'), { group: 'example.com', plural: 'things', kind: 'Thing' });
  });
});
