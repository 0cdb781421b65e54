import assert from 'node:assert/strict';
import { formatFault } from '../../src/api/fault.ts';
import { objectName } from '../../src/api/kinds.ts';
import { type LoadOptions, loadManifests } from '../../src/manifest/load.ts';

const load = (text: string, options?: LoadOptions) => loadManifests([{ file: 'web.yaml', text }], options);
const faults = (text: string, options?: LoadOptions) => load(text, options).faults.map(formatFault);

const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

const rows: { name: string; text: string; options?: LoadOptions; want: string[] }[] = [
  { name: 'nothing wrong', text: config, want: [] },
  {
    name: 'an unknown field, at its key',
    text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    imagee: b\n',
    want: ['web.yaml:7:5: spec.containers[0].imagee: unknown field (did you mean "image"?)'],
  },
  {
    name: 'a wrong value at the value, a missing one at its parent, in one run and in order',
    text: 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: A\nspec:\n  containers:\n  - name: a\n    ports: [{containerPort: "80"}]\n',
    want: [
      'web.yaml:4:9: metadata.name: "A": a name here (RFC 1123 subdomain) has only lower case letters, digits, "-" and ".", and begins and ends with a letter or digit',
      'web.yaml:7:5: spec.containers[0].image: required',
      'web.yaml:8:29: spec.containers[0].ports[0].containerPort: must be a whole number, not the string "80" (write it without quotes: 80)',
    ],
  },
  {
    name: 'a bad label at the label',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels:\n    fine: "1"\n    app: "a b"\n',
    want: [
      'web.yaml:7:10: metadata.labels: "a b": a label value has only letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
    ],
  },
  {
    name: 'what is not run yet',
    text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: b}]\n  volumes:\n  - {name: v, nfs: {server: s, path: /p}}\n',
    want: ['web.yaml:7:20: spec.volumes[0].nfs: nfs volumes are not run yet'],
  },
  {
    name: 'what is not run yet, where that does not matter',
    text: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: b}]\n  hostPID: true\n',
    options: { runnable: false },
    want: [],
  },
  {
    name: 'a kind that is not run yet',
    text: 'apiVersion: batch/v1\nkind: Job\n',
    want: ['web.yaml:2:7: kind: podstead does not run Job objects yet'],
  },
  { name: 'an unknown kind', text: 'apiVersion: v1\nkind: Foo\n', want: ['web.yaml:2:7: no kind "Foo" in apiVersion "v1"'] },
  {
    name: 'an old apiVersion',
    text: 'apiVersion: extensions/v1beta1\nkind: Deployment\n',
    want: ['web.yaml:1:13: no kind "Deployment" in apiVersion "extensions/v1beta1" (did you mean apiVersion: apps/v1?)'],
  },
  {
    name: 'no kind, no apiVersion',
    text: 'metadata: {name: a}\n',
    want: [
      'web.yaml:1:1: apiVersion: required: which version of object is this?',
      'web.yaml:1:1: kind: required: which kind of object is this?',
    ],
  },
  {
    name: 'metadata of the wrong type',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: a\n',
    want: ['web.yaml:3:11: metadata: must be a map'],
  },
  {
    name: 'a namespace that -n contradicts',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: one\n',
    options: { namespace: 'two' },
    want: ['web.yaml:5:14: metadata.namespace: is "one", but the command line says -n two'],
  },
  {
    name: 'a cluster-scoped object and -n',
    text: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n',
    options: { namespace: 'two' },
    want: [],
  },
  {
    name: 'the same object twice',
    text: `${config}---\n${config}`,
    want: ['web.yaml:7:18: metadata.name: configmap/a is already at web.yaml:3'],
  },
  {
    name: 'the same name in two namespaces',
    text: `${config}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: other}\n`,
    want: [],
  },
];

describe('manifests', () => {
  for (const row of rows) it(row.name, () => assert.deepEqual(faults(row.text, row.options), row.want));

  it('objects are as written, in the order of the file, with their namespace', () => {
    const { objects } = load(`${config}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n`, { namespace: 'x' });
    assert.deepEqual(objects, [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'x' } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } },
    ]);
  });
  it('without -n the namespace is default', () => assert.equal(load(config).objects[0]?.metadata.namespace, 'default'));
  it('several files', () => {
    const { objects, faults: found } = loadManifests([
      { file: 'a.yaml', text: config },
      { file: 'b.yaml', text: config },
    ]);
    assert.deepEqual(objects.map(objectName), ['configmap/a', 'configmap/a']);
    assert.deepEqual(found.map(formatFault), ['b.yaml:3:18: metadata.name: configmap/a is already at a.yaml:3']);
  });
});
