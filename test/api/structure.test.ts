import assert from 'node:assert/strict';
import type { KubeObject } from '../../src/api/objects.ts';
import { checkStructure, serverField } from '../../src/api/structure.ts';

const pod = (container: Record<string, unknown>, spec: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { ...spec, containers: [{ name: 'a', image: 'b', ...container }] },
});

const at = 'spec.containers[0]';
const rows: { name: string; object: KubeObject; want: [string, string, string][] }[] = [
  { name: 'a plain pod', object: pod({}), want: [] },
  { name: 'nulls', object: pod({ command: null, ports: null, resources: null }, { volumes: null }), want: [] },
  {
    name: 'a misspelt field',
    object: pod({ imagee: 'c' }),
    want: [[`${at}.imagee`, 'UnknownField', 'unknown field (did you mean "image"?)']],
  },
  {
    name: 'a field of another case',
    object: pod({}, { hostnetwork: true }),
    want: [['spec.hostnetwork', 'UnknownField', 'unknown field (did you mean "hostNetwork"?)']],
  },
  {
    name: 'a field one level too high',
    object: pod({ limits: { cpu: 1 } }),
    want: [[`${at}.limits`, 'UnknownField', 'unknown field (did you mean "resources.limits"?)']],
  },
  { name: 'a field like nothing', object: pod({ zzzzzz: 1 }), want: [[`${at}.zzzzzz`, 'UnknownField', 'unknown field']] },
  {
    name: 'a number for a string',
    object: pod({ env: [{ name: 'A', value: 8080 }] }),
    want: [[`${at}.env[0].value`, 'WrongType', 'must be a string, not the number 8080 (write it in quotes: "8080")']],
  },
  {
    name: 'a string for a number',
    object: pod({ ports: [{ containerPort: '80' }] }),
    want: [[`${at}.ports[0].containerPort`, 'WrongType', 'must be a whole number, not the string "80" (write it without quotes: 80)']],
  },
  {
    name: 'a fraction, and a number of more than 32 bits',
    object: pod({ ports: [{ containerPort: 80.5 }, { containerPort: 2 ** 31 }] }),
    want: [
      [`${at}.ports[0].containerPort`, 'WrongType', 'must be a whole number, not the number 80.5'],
      [`${at}.ports[1].containerPort`, 'WrongType', 'must be a whole number, not the number 2147483648'],
    ],
  },
  {
    name: 'a string for true',
    object: pod({ tty: 'true' }),
    want: [[`${at}.tty`, 'WrongType', 'must be true or false, not the string "true" (write it without quotes: true)']],
  },
  {
    name: 'a string for a list',
    object: pod({ command: 'sleep 10' }),
    want: [[`${at}.command`, 'WrongType', 'must be a list, not the string "sleep 10"']],
  },
  { name: 'a map for a list', object: pod({ env: { A: '1' } }), want: [[`${at}.env`, 'WrongType', 'must be a list, not a map']] },
  { name: 'a list for a map', object: pod({ resources: [] }), want: [[`${at}.resources`, 'WrongType', 'must be a map, not a list']] },
  {
    name: 'a map for number or string',
    object: pod({ livenessProbe: { tcpSocket: { port: {} } } }),
    want: [[`${at}.livenessProbe.tcpSocket.port`, 'WrongType', 'must be a whole number or a string, not a map']],
  },
  { name: 'a name for number or string', object: pod({ livenessProbe: { tcpSocket: { port: 'web' } } }), want: [] },
  {
    name: 'no quantity',
    object: pod({ resources: { limits: { cpu: 'lots', memory: '64 Mi' } } }),
    want: [
      [`${at}.resources.limits[cpu]`, 'BadQuantity', 'must be a quantity like 500m, 2 or 64Mi, not the string "lots"'],
      [`${at}.resources.limits[memory]`, 'BadQuantity', 'must be a quantity like 500m, 2 or 64Mi, not the string "64 Mi"'],
    ],
  },
  {
    name: 'no base64',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { a: 'secret!', b: 'YQ==' } },
    want: [['data[a]', 'BadBase64', 'must be base64, not the string "secret!" (plain text belongs in stringData)']],
  },
  {
    name: 'no time',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { creationTimestamp: 'yesterday' } },
    want: [['metadata.creationTimestamp', 'BadTime', 'must be a time like 2006-01-02T15:04:05Z, not the string "yesterday"']],
  },
  {
    name: 'names that every JavaScript object has',
    object: { ...pod({}), constructor: 1 },
    want: [['constructor', 'UnknownField', 'unknown field']],
  },
  { name: 'a kind of unknown shape', object: { apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: {}, x: 1 }, want: [] },
];

describe('structure', () => {
  for (const row of rows)
    it(row.name, () =>
      assert.deepEqual(
        checkStructure(row.object).map((f) => [f.field, f.reason, f.message]),
        row.want,
      ),
    );

  const fields: [string, 'WrongType' | 'BadQuantity' | 'UnknownField', string][] = [
    ['spec.containers[0].env[1].value', 'WrongType', 'spec.containers.env.value'],
    ['metadata.labels[example.com/a.b]', 'WrongType', 'metadata.labels'],
    ['spec.containers[0].command[1]', 'WrongType', 'spec.containers.command'],
    ['spec.containers[0].resources.limits[cpu]', 'BadQuantity', ''],
    ['spec.containers[0].img', 'UnknownField', 'spec.containers[0].img'],
  ];
  for (const [field, reason, want] of fields)
    it(`the server calls ${field} (${reason}) ${JSON.stringify(want)}`, () =>
      assert.equal(serverField({ field, reason, message: '' }), want));
});
