import assert from 'node:assert/strict';
import type { Volume } from '../../../src/api/objects.ts';
import { type PayloadInput, volumePayload } from '../../../src/kubelet/volumes/payload.ts';
import { Scenario } from '../scenario.ts';

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const baseline = (): PayloadInput => {
  const { pod } = new Scenario();
  Object.assign(pod.metadata, { labels: { zone: 'east', app: 'web' }, annotations: { note: 'say "hi"\n', 'example.com/b': '2' } });
  pod.spec.containers[0]!.resources = { limits: { cpu: '250m', memory: '65Mi' }, requests: { memory: '8Mi' } };
  return {
    pod,
    podIPs: ['10.88.0.2'],
    hostIPs: ['192.0.2.1'],
    allocatable: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi' },
    configMaps: new Map([
      [
        'cm',
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'cm' },
          data: { a: 'A', b: '' },
          binaryData: { blob: base64(Uint8Array.of(0, 255)) },
        },
      ],
    ]),
    secrets: new Map([['s', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { key: base64('geheim') } }]]),
  };
};
const file = (path: string, text: string, mode = 0o644) => ({ path, data: Buffer.from(text).toString('latin1'), mode });
/** Bytes as text, so that a difference can be read. */
const shown = (volume: Omit<Volume, 'name'>) => {
  const payload = volumePayload({ name: 'v', ...volume }, baseline());
  if (!payload || 'fault' in payload) return payload;
  return payload.files.map(({ data, ...rest }) => ({ ...rest, data: Buffer.from(data).toString('latin1') }));
};

const rows: { name: string; volume: Omit<Volume, 'name'>; want: unknown }[] = [
  {
    name: 'a ConfigMap: a file per key, binary too',
    volume: { configMap: { name: 'cm' } },
    want: [file('a', 'A'), file('b', ''), { path: 'blob', data: '\0\xff', mode: 0o644 }],
  },
  {
    name: 'items: other paths and modes, nothing else',
    volume: {
      configMap: {
        name: 'cm',
        defaultMode: 0o600,
        items: [
          { key: 'a', path: 'x/y' },
          { key: 'b', path: 'b', mode: 0o400 },
        ],
      },
    },
    want: [file('x/y', 'A', 0o600), file('b', '', 0o400)],
  },
  { name: 'a Secret', volume: { secret: { secretName: 's', defaultMode: 0o400 } }, want: [file('key', 'geheim', 0o400)] },
  { name: 'a missing ConfigMap', volume: { configMap: { name: 'no' } }, want: { fault: 'configmap "no" not found' } },
  { name: 'a missing Secret', volume: { secret: { secretName: 'no' } }, want: { fault: 'secret "no" not found' } },
  { name: 'a missing one that is optional', volume: { configMap: { name: 'no', optional: true } }, want: [] },
  {
    name: 'a missing key',
    volume: { secret: { secretName: 's', items: [{ key: 'no', path: 'p' }] } },
    want: { fault: 'references non-existent secret key: no' },
  },
  { name: 'a missing key, optional', volume: { configMap: { name: 'cm', optional: true, items: [{ key: 'no', path: 'p' }] } }, want: [] },
  {
    name: 'the downward API',
    volume: {
      downwardAPI: {
        items: [
          { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' }, mode: 0o400 },
          { path: 'annotations', fieldRef: { fieldPath: 'metadata.annotations' } },
          { path: 'in/uid', fieldRef: { fieldPath: 'metadata.uid' } },
          { path: 'cpu', resourceFieldRef: { containerName: 'web', resource: 'limits.cpu', divisor: '1m' } },
          { path: 'bytes', resourceFieldRef: { containerName: 'web', resource: 'requests.memory' } },
        ],
      },
    },
    want: [
      file('labels', 'app="web"\nzone="east"', 0o400),
      file('annotations', 'example.com/b="2"\nnote="say \\"hi\\"\\n"'),
      file('in/uid', 'u1'),
      file('cpu', '250'),
      file('bytes', '8388608'),
    ],
  },
  {
    name: 'projected: several sources in one, the later wins',
    volume: {
      projected: {
        defaultMode: 0o444,
        sources: [
          { configMap: { name: 'cm', items: [{ key: 'a', path: 'etc/conf' }] } },
          { secret: { name: 's', items: [{ key: 'key', path: 'etc/key', mode: 0o400 }] } },
          { secret: { name: 'no', optional: true } },
          { downwardAPI: { items: [{ path: 'etc/conf', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    },
    want: [file('etc/conf', 'p', 0o444), file('etc/key', 'geheim', 0o400)],
  },
  {
    name: 'a projected source that is not known',
    volume: { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    want: { fault: 'projected source serviceAccountToken is not supported' },
  },
  { name: 'no volume of this family', volume: { emptyDir: {} }, want: undefined },
];

describe('files of a volume', () => {
  for (const { name, volume, want } of rows) it(name, () => assert.deepEqual(shown(volume), want));
});
