import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isObject, type JsonObject, sameJson } from '../../src/api/json.ts';
import {
  dropNulls,
  jsonMergePatch,
  lastAppliedAnnotation,
  readLastApplied,
  strategicMergePatch,
  threeWayMerge,
  threeWayPatch,
  withLastApplied,
} from '../../src/api/merge.ts';
import type { KubeObject } from '../../src/api/objects.ts';

type Spec = JsonObject;
const deployment = (podSpec: Spec, spec: Spec = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { ...spec, template: { spec: podSpec } },
});
const podSpecOf = (object: KubeObject): unknown => ((object['spec'] as JsonObject)['template'] as JsonObject)['spec'];
const named = (...names: string[]) => names.map((name) => ({ name }));

describe('three-way merge', () => {
  const rows: { name: string; last?: Spec; file: Spec; live: Spec; want: Spec }[] = [
    {
      name: 'what others set stays',
      file: { containers: [{ name: 'a', image: '1' }] },
      live: { containers: [{ name: 'a', image: '1', tty: true }], dnsPolicy: 'x' },
      want: { containers: [{ name: 'a', image: '1', tty: true }], dnsPolicy: 'x' },
    },
    {
      name: 'the file wins',
      file: { containers: [{ name: 'a', image: '2' }] },
      live: { containers: [{ name: 'a', image: '1' }] },
      want: { containers: [{ name: 'a', image: '2' }] },
    },
    {
      name: 'what left the file goes',
      last: { hostname: 'h', containers: named('a', 'b') },
      file: { containers: named('a') },
      live: { hostname: 'h', containers: named('a', 'b', 'c') },
      want: { containers: named('a', 'c') },
    },
    {
      name: 'what left the file and was changed by others goes as well',
      last: { hostname: 'h' },
      file: {},
      live: { hostname: 'other' },
      want: {},
    },
    {
      name: 'never applied: nothing goes',
      file: { containers: named('a') },
      live: { hostname: 'h', containers: named('a', 'b') },
      want: { hostname: 'h', containers: named('a', 'b') },
    },
    {
      name: 'new elements come in the order of the file',
      last: { containers: named('b') },
      file: { containers: named('a', 'b', 'c') },
      live: { containers: named('b') },
      want: { containers: named('a', 'b', 'c') },
    },
    {
      name: 'elements of others keep their place',
      last: { containers: named('a', 'c') },
      file: { containers: named('c', 'a') },
      live: { containers: named('a', 'x', 'c') },
      want: { containers: named('x', 'c', 'a') },
    },
    {
      name: 'a new element takes the place of a removed one',
      last: { containers: named('a') },
      file: { containers: named('b') },
      live: { containers: named('a', 'x') },
      want: { containers: named('x', 'b') },
    },
    {
      name: 'lists without a key are replaced',
      last: { tolerations: [{ key: 'a' }] },
      file: { tolerations: [{ key: 'b' }] },
      live: { tolerations: [{ key: 'a' }, { key: 'x' }] },
      want: { tolerations: [{ key: 'b' }] },
    },
    {
      name: 'a union drops its former member',
      last: { volumes: [{ name: 'v', emptyDir: {} }] },
      file: { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      live: { volumes: [{ name: 'v', emptyDir: { medium: 'x' } }] },
      want: { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
    },
    {
      name: 'a union that others switched is switched back',
      last: { volumes: [{ name: 'v', emptyDir: {} }] },
      file: { volumes: [{ name: 'v', emptyDir: {} }] },
      live: { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
      want: { volumes: [{ name: 'v', emptyDir: {} }] },
    },
    {
      name: 'ports are found by their number',
      last: {},
      file: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'new' }] }] },
      live: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'old', protocol: 'TCP' }] }] },
      want: { containers: [{ name: 'a', ports: [{ containerPort: 80, name: 'new', protocol: 'TCP' }] }] },
    },
    {
      name: 'maps lose single keys',
      last: { nodeSelector: { a: '1', b: '1' } },
      file: { nodeSelector: { a: '1' } },
      live: { nodeSelector: { a: '1', b: '1', x: '1' } },
      want: { nodeSelector: { a: '1', x: '1' } },
    },
    {
      name: 'null in the file deletes',
      file: { hostname: null, containers: [{ name: 'a', tty: null }] },
      live: { hostname: 'h', containers: [{ name: 'a', tty: true }] },
      want: { containers: [{ name: 'a' }] },
    },
    {
      name: 'null in the file of something that is not there',
      file: { hostname: null, securityContext: { a: null } },
      live: {},
      want: { securityContext: {} },
    },
    { name: 'another type of value', file: { containers: 'no' }, live: { containers: named('a') }, want: { containers: 'no' } },
  ];
  for (const row of rows)
    it(row.name, () => {
      const last = row.last && deployment(row.last);
      const [file, live] = [deployment(row.file), deployment(row.live)];
      const given = structuredClone([last, file, live]);
      const merged = threeWayMerge(last, file, live);
      assert.deepEqual(podSpecOf(merged), row.want);
      assert.deepEqual([last, file, live], given);
    });

  it('strategy drops what belongs to the other type', () => {
    const rolling = deployment({}, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } });
    const merged = threeWayMerge(undefined, deployment({}, { strategy: { type: 'Recreate' } }), rolling);
    assert.deepEqual((merged['spec'] as JsonObject)['strategy'], { type: 'Recreate' });
  });

  it("a kind that is not Kubernetes's own: lists are replaced, maps merge", () => {
    const play = (spec: Spec): KubeObject => ({ apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: { name: 'p' }, spec });
    const merged = threeWayMerge(
      play({ a: 1, containers: named('x') }),
      play({ containers: named('b') }),
      play({ a: 1, c: 2, containers: named('a') }),
    );
    assert.deepEqual(merged['spec'], { c: 2, containers: named('b') });
  });

  it('the patch is the one kubectl sends', () => {
    const last = deployment({ containers: [{ name: 'a', image: '1', tty: true }, { name: 'b' }], volumes: [{ name: 'v', emptyDir: {} }] });
    const file = deployment({ containers: [{ name: 'a', image: '2' }, { name: 'c' }], volumes: [{ name: 'v', secret: {} }] });
    assert.deepEqual(threeWayPatch(last, file, last), {
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': named('a', 'c'),
            '$setElementOrder/volumes': named('v'),
            containers: [{ name: 'a', image: '2', tty: null }, { name: 'c' }, { name: 'b', $patch: 'delete' }],
            volumes: [{ $retainKeys: ['name', 'secret'], name: 'v', emptyDir: null, secret: {} }],
          },
        },
      },
    });
  });

  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const text = fc.constantFrom('1', '2', '3');
  const map = fc.dictionary(name, text, { noNullPrototype: true });
  const uniqueBy = <T>(item: fc.Arbitrary<T>, key: keyof T) => fc.uniqueArray(item, { selector: (i) => i[key], maxLength: 4 });
  const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
    fc.record(fields, { requiredKeys: required, noNullPrototype: true });
  const env = uniqueBy(some({ name, value: text }, ['name']), 'name');
  const ports = uniqueBy(
    some({ containerPort: fc.integer({ min: 80, max: 83 }), name: text, protocol: text }, ['containerPort']),
    'containerPort',
  );
  const container = some({ name, image: text, env, ports, args: fc.array(text, { maxLength: 2 }), resources: some({ limits: map }, []) }, [
    'name',
  ]);
  const volume = fc
    .tuple(name, fc.constantFrom({ emptyDir: {} }, { secret: { secretName: 's' } }, { configMap: { name: 'c' } }))
    .map(([n, source]) => ({ name: n, ...source }));
  const podSpec = some(
    {
      containers: uniqueBy(container, 'name'),
      volumes: uniqueBy(volume as fc.Arbitrary<{ name: string }>, 'name'),
      nodeSelector: map,
      hostname: text,
    },
    [],
  );
  const object = fc
    .tuple(
      podSpec,
      map,
      fc.constantFrom({}, { strategy: { type: 'Recreate' } }, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
      fc.uniqueArray(text),
    )
    .map(
      ([spec, labels, extra, finalizers]) =>
        ({
          ...deployment(spec as Spec, extra),
          metadata: { name: 'web', labels, ...(finalizers.length > 0 ? { finalizers } : {}) },
        }) as KubeObject,
    );

  /** Every value of `part` is somewhere in `whole`: list elements in the same order. */
  const contains = (whole: unknown, part: unknown, key = ''): boolean => {
    if (isObject(part)) return isObject(whole) && Object.keys(part).every((k) => contains(whole[k], part[k], k));
    if (!Array.isArray(part) || !Array.isArray(whole)) return sameJson(whole, part);
    if (key === 'args') return sameJson(whole, part);
    let from = 0;
    return part.every((item) => {
      const at = whole.findIndex((other, i) => i >= from && contains(other, item));
      from = at + 1;
      return at >= 0;
    });
  };
  it('contains the file, and applied again changes nothing', () => {
    fc.assert(
      fc.property(fc.option(object, { nil: undefined }), object, object, (last, file, live) => {
        const merged = threeWayMerge(last, file, live);
        assert.ok(contains(merged, file), JSON.stringify(merged));
        assert.deepEqual(threeWayMerge(file, file, merged), merged);
      }),
      { numRuns: 300 },
    );
  });
  it('an object applied over itself needs no patch, over nothing of its own gives itself', () => {
    fc.assert(
      fc.property(object, object, (file, other) => {
        assert.deepEqual(threeWayPatch(file, file, file), {});
        assert.deepEqual(threeWayMerge(other, file, other), file);
      }),
    );
  });
});

describe('strategic merge patch', () => {
  const live = deployment({
    containers: [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }, { name: 'b' }],
    nodeSelector: { a: '1' },
    tolerations: [{ key: 'a' }],
  });
  const patched = (spec: Spec) => podSpecOf(strategicMergePatch(live, { spec: { template: { spec } } }));
  const base = podSpecOf(live) as Spec;
  const rows: { name: string; patch: Spec; want: Spec }[] = [
    {
      name: 'elements by key',
      patch: { containers: [{ name: 'a', image: '2' }] },
      want: { ...base, containers: [{ name: 'a', image: '2', env: [{ name: 'X', value: '1' }] }, { name: 'b' }] },
    },
    {
      name: 'a new element',
      patch: { containers: [{ name: 'c', image: '2' }] },
      want: { ...base, containers: [{ name: 'c', image: '2' }, ...(base['containers'] as unknown[])] },
    },
    { name: 'delete an element', patch: { containers: [{ name: 'a', $patch: 'delete' }] }, want: { ...base, containers: [{ name: 'b' }] } },
    {
      name: 'replace a list',
      patch: { containers: [{ $patch: 'replace' }, { name: 'z' }] },
      want: { ...base, containers: [{ name: 'z' }] },
    },
    { name: 'replace a map', patch: { nodeSelector: { $patch: 'replace', z: '1' } }, want: { ...base, nodeSelector: { z: '1' } } },
    { name: 'delete a map', patch: { nodeSelector: { $patch: 'delete' } }, want: { ...base, nodeSelector: {} } },
    {
      name: 'null deletes',
      patch: { nodeSelector: { a: null }, tolerations: null },
      want: { containers: base['containers'], nodeSelector: {} },
    },
    { name: 'lists without a key are replaced', patch: { tolerations: [{ key: 'b' }] }, want: { ...base, tolerations: [{ key: 'b' }] } },
    {
      name: 'order alone',
      patch: { '$setElementOrder/containers': named('b', 'a') },
      want: { ...base, containers: [{ name: 'b' }, (base['containers'] as unknown[])[0]] },
    },
    { name: 'retain keys', patch: { $retainKeys: ['containers'] }, want: { containers: base['containers'] } },
  ];
  for (const row of rows) it(row.name, () => assert.deepEqual(patched(row.patch), row.want));

  it('finalizers are a set', () => {
    const object = { ...live, metadata: { name: 'web', finalizers: ['a', 'b'] } };
    assert.deepEqual(strategicMergePatch(object, { metadata: { finalizers: ['c', 'a'] } }).metadata.finalizers, ['c', 'a', 'b']);
    assert.deepEqual(strategicMergePatch(object, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }).metadata.finalizers, [
      'b',
    ]);
  });

  const refused: { name: string; patch: Spec }[] = [
    { name: 'an element without its key', patch: { containers: [{ image: '2' }] } },
    { name: 'an order that does not name an element', patch: { containers: [{ name: 'a' }], '$setElementOrder/containers': named('b') } },
    { name: 'an unknown directive', patch: { nodeSelector: { $patch: 'fly' } } },
    { name: 'retainKeys that leave out a field of the patch', patch: { $retainKeys: ['containers'], hostname: 'h' } },
  ];
  for (const row of refused)
    it(`${row.name} is refused`, () =>
      assert.throws(
        () => patched(row.patch),
        (e: { status?: { code?: number } }) => e.status?.code === 400,
      ));

  it("is refused for kinds that are not Kubernetes's own", () => {
    assert.throws(
      () => strategicMergePatch({ apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: {} }, {}),
      (e: { status?: { code?: number } }) => e.status?.code === 415,
    );
  });
});

describe('merge', () => {
  it('JSON merge patch', () => {
    const live: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', labels: { a: '1' } }, data: { a: '1', b: '2' } };
    assert.deepEqual(jsonMergePatch(live, { metadata: { labels: null }, data: { a: null, c: '3' }, x: { y: null, z: 1 } }), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'm' },
      data: { b: '2', c: '3' },
      x: { z: 1 },
    });
  });
  it('the annotation holds the object as given, without itself', () => {
    const file: KubeObject = {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'm', annotations: { note: 'x' } },
      data: { b: '1', a: null },
    };
    const once = withLastApplied(file);
    assert.equal(
      once.metadata.annotations?.[lastAppliedAnnotation],
      '{"apiVersion":"v1","data":{"a":null,"b":"1"},"kind":"ConfigMap","metadata":{"annotations":{"note":"x"},"name":"m"}}\n',
    );
    assert.deepEqual(withLastApplied(once), once);
    assert.deepEqual(readLastApplied(once), file);
    assert.deepEqual(dropNulls(once)['data'], { b: '1' });
    assert.equal(readLastApplied(file), undefined);
    assert.equal(readLastApplied({ ...file, metadata: { annotations: { [lastAppliedAnnotation]: '{' } } }), undefined);
  });
});
