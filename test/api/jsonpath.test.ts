import assert from 'node:assert/strict';
import { compileJsonPath, compilePath } from '../../src/api/jsonpath.ts';

const list = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'a', labels: { 'example.com/x': '1' } },
      status: { phase: 'Running', n: 1, addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
    },
    { metadata: { name: 'b' }, status: { phase: 'Pending', n: 2, ready: false } },
    { metadata: { name: 'c' }, status: { phase: 'Running', n: 3, ready: true } },
  ],
};

describe('jsonpath', () => {
  const rows: [template: string, want: string][] = [
    ['{.kind}', 'List'],
    ['{$.kind}', 'List'],
    ['{@.kind}', 'List'],
    ['kind={.kind};', 'kind=List;'],
    ['{.items[*].metadata.name}', 'a b c'],
    ['{.items[0].metadata.name}', 'a'],
    ['{.items[-1].metadata.name}', 'c'],
    ['{.items[0:2].metadata.name}', 'a b'],
    ['{.items[1:].metadata.name}', 'b c'],
    ['{.items[:1].metadata.name}', 'a'],
    ['{.items[::2].metadata.name}', 'a c'],
    ['{.items[0,2].metadata.name}', 'a c'],
    ['{.items[*].status.ready}', 'false true'],
    ["{.items[0]['metadata'].name}", 'a'],
    ["{.items[0]['kind','metadata'].name}", 'a'],
    ['{.items[0].metadata.labels.example\\.com/x}', '1'],
    ["{.items[0].metadata.labels['example\\.com/x']}", '1'],
    ['{.items[0].metadata.labels}', '{"example.com/x":"1"}'],
    ['{..ip}', '10.0.0.1 10.0.0.2'],
    ['{.items[*]..ip}', '10.0.0.1 10.0.0.2'],
    ['{.items[?(@.status.phase=="Running")].metadata.name}', 'a c'],
    ["{.items[?(@.status.phase != 'Running')].metadata.name}", 'b'],
    ['{.items[?(@.status.n>=2)].metadata.name}', 'b c'],
    ['{.items[?(@.status.n<2)].metadata.name}', 'a'],
    ['{.items[?(@.status.ready)].metadata.name}', 'b c'],
    ['{.items[?(@.status.ready==true)].metadata.name}', 'c'],
    ['{.items[?(@.none=="x")].metadata.name}', ''],
    ['{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}', 'a\tRunning\nb\tPending\nc\tRunning\n'],
    ['{range .items}{.metadata.name},{end}', 'a,b,c,'],
    ['{range .items[*]}{range .status.addresses[*]}{.ip};{end}|{end}', '10.0.0.1;10.0.0.2;|||'],
    ['{range .items[*]}{$.kind}{end}', 'ListListList'],
    ['{.none.at.all}', ''],
    ['{.items[*].metadata.*}', 'a {"example.com/x":"1"} b c'],
    ['', ''],
    ['{"{"}', '{'],
  ];
  for (const [template, want] of rows) it(template, () => assert.equal(compileJsonPath(template)(list), want));

  for (const template of ['{.a', '{', '{range .items[*]}{.a}', '{end}', '{.a[}', '{.a[x]}', '{.a[?(@.b==]}', '{..}', '{,}'])
    it(`${template} is refused`, () => assert.throws(() => compileJsonPath(template), { code: 'USAGE' }));

  it('an index too far is an error', () => {
    assert.throws(() => compileJsonPath('{.items[3]}')(list), {
      code: 'USAGE',
      message: 'jsonpath "{.items[3]}": array index out of bounds: index 3, length 3',
    });
    assert.equal(compileJsonPath('{.items[3]}')({ items: [] }), '');
  });

  for (const text of ['.items[1].status.phase', 'items[1].status.phase', '{.items[1].status.phase}', '{items[1].status.phase}'])
    it(`${text} as a path`, () => assert.deepEqual(compilePath(text)(list), ['Pending']));
  it('a path is one path', () => assert.throws(() => compilePath('{.a}{.b}'), { code: 'USAGE' }));
});
