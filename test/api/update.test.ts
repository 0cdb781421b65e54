import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/api/json.ts';
import type { KubeObject } from '../../src/api/objects.ts';
import { updatedServiceSpec } from '../../src/api/service-update.ts';
import { keepSystemMeta, prepareStatusUpdate, prepareUpdate, withoutSystemFields } from '../../src/api/update.ts';

const system = { uid: 'u', creationTimestamp: 't0', generation: 3, deletionTimestamp: 't1', deletionGracePeriodSeconds: 5 };
const object = (metadata: KubeObject['metadata'], more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'm', ...metadata },
  ...more,
});

describe('update', () => {
  it('keeps system fields and status, whatever the file says', () => {
    const before = object(system, { status: { a: 1 } });
    const after = object(
      { uid: 'x', generation: 9, labels: { l: '1' }, resourceVersion: '7', managedFields: [] },
      { status: { a: 2 }, data: { k: 'v' } },
    );
    assert.deepEqual(
      prepareUpdate(before, after),
      object({ ...system, labels: { l: '1' }, resourceVersion: '7' }, { status: { a: 1 }, data: { k: 'v' } }),
    );
    assert.deepEqual(
      prepareUpdate(object({ uid: 'u' }), after),
      object({ uid: 'u', labels: { l: '1' }, resourceVersion: '7' }, { data: { k: 'v' } }),
    );
    assert.deepEqual(keepSystemMeta({}, system), {});
  });
  it('of the status alone', () => {
    const before = object(system, { status: { a: 1 }, data: { k: 'v' } });
    assert.deepEqual(prepareStatusUpdate(before, object({}, { status: { a: 2 }, data: {} })), { ...before, status: { a: 2 } });
    assert.deepEqual(prepareStatusUpdate(before, object({})), object(system, { data: { k: 'v' } }));
  });
  it('a new object has nothing of the system', () => {
    assert.deepEqual(
      withoutSystemFields(object({ ...system, resourceVersion: '1', labels: { l: '1' } }, { status: {}, data: {} })),
      object({ labels: { l: '1' } }, { data: {} }),
    );
  });
});

describe('update of a Service', () => {
  const port = (n: number, nodePort?: number) => ({ port: n, protocol: 'TCP', ...(nodePort === undefined ? {} : { nodePort }) });
  const address = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' };
  const cluster: JsonObject = { type: 'ClusterIP', ...address, ports: [port(80)] };
  const node: JsonObject = { type: 'NodePort', ...address, externalTrafficPolicy: 'Cluster', ports: [port(80, 30080)] };
  const rows: { name: string; before: JsonObject; after: JsonObject; want: JsonObject }[] = [
    { name: 'keeps the address it has', before: cluster, after: { type: 'ClusterIP', ports: [port(80)] }, want: cluster },
    {
      name: 'keeps the node port of a port',
      before: node,
      after: { ...node, ports: [port(80), port(81)] },
      want: { ...node, ports: [port(80, 30080), port(81)] },
    },
    {
      name: 'unless another port got it',
      before: node,
      after: { ...node, ports: [port(80), port(81, 30080)] },
      want: { ...node, ports: [port(80), port(81, 30080)] },
    },
    { name: 'loses node ports with the type', before: node, after: { ...node, type: 'ClusterIP' }, want: cluster },
    {
      name: 'loses its address with the type',
      before: cluster,
      after: { ...cluster, type: 'ExternalName', externalName: 'x' },
      want: { type: 'ExternalName', externalName: 'x', ports: [port(80)] },
    },
    {
      name: 'keeps what the file changed, to be refused',
      before: node,
      after: { ...node, type: 'ClusterIP', ports: [port(80, 30081)] },
      want: { ...cluster, ports: [port(80, 30081)] },
    },
  ];
  for (const { name, before, after, want } of rows) it(name, () => assert.deepEqual(updatedServiceSpec(before, after), want));
});
