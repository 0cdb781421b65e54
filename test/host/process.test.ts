import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { alive, formatRef, namespaceOf, parseRef, parseStat, processRef, sendSignal, startTime } from '../../src/host/process.ts';

const stat = (name: string, state = 'S') => `12 (${name}) ${state} 7 12 12 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 2555904 0 1844674\n`;

describe('process', () => {
  const stats: { name: string; text: string; want: ReturnType<typeof parseStat> }[] = [
    { name: 'a plain name', text: stat('dash'), want: { state: 'S', parent: 7, start: '4711' } },
    { name: 'a name with spaces and parentheses', text: stat('a) R 1 (b'), want: { state: 'S', parent: 7, start: '4711' } },
    { name: 'a zombie', text: stat('dash', 'Z'), want: { state: 'Z', parent: 7, start: '4711' } },
    { name: 'nothing', text: '', want: undefined },
    { name: 'half of it', text: '12 (dash) S 7', want: undefined },
  ];
  for (const row of stats) it(`stat: ${row.name}`, () => assert.deepEqual(parseStat(row.text), row.want));

  const refs: { name: string; text: string; want: ReturnType<typeof parseRef> }[] = [
    { name: 'as written', text: formatRef({ pid: 12, start: '4711' }), want: { pid: 12, start: '4711' } },
    { name: 'with more on its line', text: '12 4711 boot /run', want: { pid: 12, start: '4711' } },
    { name: 'empty', text: '', want: undefined },
    { name: 'a pid alone', text: '12\n', want: undefined },
    { name: 'pid 0, which would be our own group', text: '0 4711\n', want: undefined },
    { name: 'a negative one, which would be a group', text: '-5 4711\n', want: undefined },
  ];
  for (const row of refs) it(`pid file: ${row.name}`, () => assert.deepEqual(parseRef(row.text), row.want));

  it('lives, until it ends', async () => {
    const child = spawn('sleep', ['60']);
    const ref = processRef(child.pid ?? 0);
    assert.ok(ref);
    assert.equal(alive(ref), true);
    assert.equal(alive({ ...ref, start: '1' }), false);
    assert.equal(sendSignal({ ...ref, start: '1' }, 'SIGKILL'), false);
    assert.equal(sendSignal(ref, 'SIGKILL'), true);
    await once(child, 'exit');
    assert.equal(alive(ref), false);
    assert.equal(startTime(ref.pid), undefined);
    assert.equal(sendSignal(ref, 'SIGKILL'), false);
  });

  it('namespaces have numbers', () => {
    assert.match(namespaceOf('self', 'user') ?? '', /^\d+$/);
    assert.equal(namespaceOf(2 ** 22 + 1, 'user'), undefined);
  });
});
