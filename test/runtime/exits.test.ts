import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type Exit, isExitFile, readExit, signalOf } from '../../src/runtime/exits.ts';

describe('exits', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-exit-');
    mkdirSync(`${dir}/bundle`);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const finishedAt = '2026-01-01T00:00:00.250Z';
  const rows: { name: string; text: string; oom?: boolean; want: Exit | undefined }[] = [
    { name: 'well', text: '0', want: { code: 0, finishedAt, oomKilled: false } },
    { name: 'badly', text: '3', want: { code: 3, finishedAt, oomKilled: false } },
    { name: 'by a signal', text: '137', want: { code: 137, signal: 9, finishedAt, oomKilled: false } },
    { name: 'for want of memory', text: '137', oom: true, want: { code: 137, signal: 9, finishedAt, oomKilled: true } },
    { name: 'a code that no signal gives', text: '255', want: { code: 255, finishedAt, oomKilled: false } },
    { name: 'being written', text: '', want: undefined },
  ];
  for (const { name, text, oom, want } of rows)
    it(name, () => {
      writeFileSync(`${dir}/c1`, text);
      utimesSync(`${dir}/c1`, new Date(finishedAt), new Date(finishedAt));
      if (oom) writeFileSync(`${dir}/bundle/oom`, '');
      assert.deepEqual(readExit(dir, 'c1', `${dir}/bundle`), want);
    });

  it('none yet', () => assert.equal(readExit(dir, 'c1'), undefined));

  it('conmon\u2019s temporaries are no exits', () => {
    assert.deepEqual(['c1', 'c2.A8K3', '.c3'].filter(isExitFile), ['c1']);
  });

  it('signals', () => {
    assert.deepEqual([0, 128, 129, 192, 193].map(signalOf), [undefined, undefined, 1, 64, undefined]);
  });
});
