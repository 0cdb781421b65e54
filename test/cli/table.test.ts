import assert from 'node:assert/strict';
import { displayWidth, KUBECTL, PODMAN, renderTable, TableWriter } from '../../src/cli/table.ts';

const table = {
  head: ['NAME', 'X', 'STATUS'],
  rows: [
    ['web', '1', 'Running'],
    ['a-long-name', '', 'x\u001b[2Jy\nz'],
  ],
};

describe('tables', () => {
  it('lays out as kubectl', () =>
    assert.deepEqual(renderTable(table), [
      'NAME          X     STATUS',
      'web           1     Running',
      'a-long-name         x\\e[2Jy\\nz',
    ]));
  it('lays out as podman', () =>
    assert.deepEqual(renderTable(table, PODMAN), ['NAME         X  STATUS', 'web          1  Running', 'a-long-name     x\\e[2Jy\\nz']));
  it('leaves out the head', () =>
    assert.deepEqual(renderTable({ head: ['A', 'B'], rows: [['1', '']] }, { ...KUBECTL, headers: false }), ['1']));
  it('keeps widths from row to row, and the head only once', () => {
    const writer = new TableWriter();
    assert.deepEqual(writer.lines({ head: ['NAME', 'B'], rows: [['longer-name', '1']] }), ['NAME          B', 'longer-name   1']);
    assert.deepEqual(writer.lines({ head: ['NAME', 'B'], rows: [['x', '2']] }), ['x             2']);
  });
  it('knows wide and combining characters', () => assert.deepEqual(['é', 'e\u0301', '日本', '🚀', 'a'].map(displayWidth), [1, 1, 4, 2, 1]));
});
