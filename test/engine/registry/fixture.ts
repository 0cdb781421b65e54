/** A registry over a store in memory, with a clock that stands still until it is moved and names that can be foretold. */
import type { Deployment, KubeObject, Pod, ReplicaSet } from '../../../src/api/objects.ts';
import { Registry } from '../../../src/engine/registry.ts';
import { Store } from '../../../src/store/store.ts';

export const START = '2026-01-02T03:04:05Z';

export function testRegistry(options: { nodeName?: string } = {}) {
  const clock = { at: new Date(START) };
  const now = () => clock.at;
  const random = { values: [0], next: 0 };
  const held = new Set<string>();
  const store = Store.open(':memory:', { now });
  const registry = new Registry(store, {
    now,
    random: () => random.values[random.next++ % random.values.length] ?? 0,
    podHasResources: (uid) => held.has(uid),
    ...options,
  });
  const seen: string[] = [];
  store.onChange((c) => seen.push(`${c.type} ${c.object.kind} ${c.object.metadata.name}`));
  return {
    store,
    registry,
    held,
    random,
    seen,
    pass: (seconds: number) => {
      clock.at = new Date(clock.at.getTime() + seconds * 1000);
    },
  };
}

export const pod = (name: string, more: Partial<KubeObject['metadata']> = {}, spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', ...more },
  spec: { containers: [{ name: 'c', image: 'busybox:1' }], ...spec },
});
export const podKey = (name: string, namespace = 'default') => ({ apiVersion: 'v1', kind: 'Pod', namespace, name });

export const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
export const configMap = (
  name: string,
  data: Record<string, string | null> = {},
  more: Partial<KubeObject['metadata']> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...more },
  data,
});
export const deployment = (name: string, replicas?: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'busybox:1' }] } },
  },
});
export const deploymentKey = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name });

export const ownedBy = (owner: KubeObject, more: object = {}) => ({
  ownerReferences: [
    { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name ?? '', uid: owner.metadata.uid ?? '', ...more },
  ],
});
export type { Deployment, Pod, ReplicaSet };
