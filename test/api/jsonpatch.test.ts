import assert from 'node:assert/strict';
import { jsonPatch } from '../../src/api/jsonpatch.ts';

describe('JSON patch', () => {
  const live = { a: { b: 1 }, list: ['x', 'y'], 'm/n': { '~': 1 } };
  const rows: { name: string; patch: unknown; want: unknown }[] = [
    { name: 'add a field', patch: [{ op: 'add', path: '/a/c', value: 2 }], want: { ...live, a: { b: 1, c: 2 } } },
    { name: 'insert into a list', patch: [{ op: 'add', path: '/list/1', value: 'z' }], want: { ...live, list: ['x', 'z', 'y'] } },
    { name: 'append to a list', patch: [{ op: 'add', path: '/list/-', value: 'z' }], want: { ...live, list: ['x', 'y', 'z'] } },
    {
      name: 'remove',
      patch: [
        { op: 'remove', path: '/list/0' },
        { op: 'remove', path: '/a' },
      ],
      want: { list: ['y'], 'm/n': { '~': 1 } },
    },
    {
      name: 'replace',
      patch: [
        { op: 'replace', path: '/a/b', value: null },
        { op: 'replace', path: '/list/1', value: 1 },
      ],
      want: { ...live, a: { b: null }, list: ['x', 1] },
    },
    { name: 'escaped names', patch: [{ op: 'replace', path: '/m~1n/~0', value: 2 }], want: { ...live, 'm/n': { '~': 2 } } },
    { name: 'move', patch: [{ op: 'move', from: '/a/b', path: '/b' }], want: { ...live, a: {}, b: 1 } },
    {
      name: 'copy',
      patch: [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'add', path: '/c/b', value: 2 },
      ],
      want: { ...live, c: { b: 2 } },
    },
    {
      name: 'test and go on',
      patch: [
        { op: 'test', path: '/a', value: { b: 1 } },
        { op: 'remove', path: '/a' },
      ],
      want: { list: ['x', 'y'], 'm/n': { '~': 1 } },
    },
    { name: 'the whole document', patch: [{ op: 'replace', path: '', value: { x: 1 } }], want: { x: 1 } },
    {
      name: '__proto__ is a field',
      patch: [{ op: 'add', path: '/__proto__', value: 1 }],
      want: JSON.parse('{"a":{"b":1},"list":["x","y"],"m/n":{"~":1},"__proto__":1}'),
    },
  ];
  for (const row of rows)
    it(row.name, () => {
      const before = structuredClone(live);
      assert.deepEqual(jsonPatch(live, row.patch), row.want);
      assert.deepEqual(live, before);
    });

  const refused: [patch: unknown, status: number][] = [
    [{}, 400],
    [[{ op: 'fly', path: '/a' }], 400],
    [[{ op: 'add', path: '/a' }], 400],
    [[{ op: 'add', path: 'a', value: 1 }], 400],
    [[{ op: 'move', path: '/a' }], 400],
    [[{ op: 'remove', path: '/x' }], 422],
    [[{ op: 'replace', path: '/a/x', value: 1 }], 422],
    [[{ op: 'add', path: '/x/y', value: 1 }], 422],
    [[{ op: 'add', path: '/list/3', value: 1 }], 422],
    [[{ op: 'add', path: '/list/01', value: 1 }], 422],
    [[{ op: 'test', path: '/a/b', value: 2 }], 422],
    [[{ op: 'move', from: '/a', path: '/a/b' }], 422],
  ];
  for (const [patch, code] of refused)
    it(`${JSON.stringify(patch)} is refused with ${code}`, () =>
      assert.throws(
        () => jsonPatch(live, patch),
        (e: { status?: { code?: number } }) => e.status?.code === code,
      ));
});
