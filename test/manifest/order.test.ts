import assert from 'node:assert/strict';
import type { KubeObject } from '../../src/api/objects.ts';
import { inOrder } from '../../src/manifest/order.ts';

const object = (kind: string, name: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name } });

describe('order of objects', () => {
  it('what others need comes first, otherwise as written', () => {
    const written = ['Deployment a', 'Secret b', 'Pod c', 'ConfigMap d', 'Service e', 'Namespace f', 'PersistentVolumeClaim g', 'Pod h'];
    const objects = written.map((text) => object(text.split(' ')[0]!, text.split(' ')[1]!));
    assert.deepEqual(
      inOrder(objects).map((o) => o.metadata.name),
      ['f', 'g', 'b', 'd', 'e', 'a', 'c', 'h'],
    );
  });
});
