import assert from 'node:assert/strict';
import { appliedOver, newlyApplied } from '../../src/api/apply.ts';
import { withDefaults } from '../../src/api/defaults.ts';
import { lastAppliedAnnotation } from '../../src/api/merge.ts';
import type { KubeObject } from '../../src/api/objects.ts';

const service = (spec: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'default' },
  spec: { selector: { app: 'a' }, ports: [{ port: 80 }], ...spec },
});

describe('apply', () => {
  it('the same over itself is the same', () => {
    const live = { ...withDefaults(newlyApplied(service({}))), status: { loadBalancer: {} } };
    assert.deepEqual(appliedOver(live, service({})), live);
  });
  it('has the defaults of what it became', () => {
    const live = withDefaults(newlyApplied(service({ type: 'NodePort' })));
    const merged = appliedOver(live, service({}));
    assert.deepEqual(merged['spec'], withDefaults(service({}))['spec']);
  });
  it('compares with the state before where it is given', () => {
    const live = withDefaults(service({ sessionAffinity: 'ClientIP' }));
    const spec = (o: KubeObject) => (o['spec'] as { sessionAffinity: string }).sessionAffinity;
    assert.equal(spec(appliedOver(live, service({}))), 'ClientIP');
    assert.equal(spec(appliedOver(live, service({}), service({ sessionAffinity: 'ClientIP' }))), 'None');
  });
  it('a new one has no nulls and remembers the file with them', () => {
    const created = newlyApplied({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: null } });
    assert.deepEqual([created['data'], created.metadata.annotations?.[lastAppliedAnnotation]?.includes('"a":null')], [{}, true]);
  });
});
