import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readTerminationMessage, shareOfPod, type TerminationSource } from '../../src/runtime/termination-message.ts';

describe('termination-message', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-term-');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const lines = (count: number, width: number) =>
    Array.from({ length: count }, (_, i) => `2026-01-01T00:00:00Z stdout F ${String(i).padStart(width, '0')}\n`).join('');
  const rows: { name: string; file?: string; log?: string; source?: Partial<TerminationSource>; want: string }[] = [
    { name: 'what was written', file: 'done\n', want: 'done\n' },
    { name: 'its last 4,096 bytes, in whole characters', file: `${'x'.repeat(3)}ü${'y'.repeat(4095)}`, want: 'y'.repeat(4095) },
    { name: 'nothing', file: '', want: '' },
    { name: 'policy File does not look at the log', log: lines(1, 3), want: '' },
    { name: 'the log on failure', log: lines(3, 2), source: { policy: 'FallbackToLogsOnError' }, want: '00\n01\n02\n' },
    { name: 'not when it ended well', log: lines(3, 2), source: { policy: 'FallbackToLogsOnError', exitCode: 0 }, want: '' },
    { name: 'not when something was written', file: 'x', log: lines(3, 2), source: { policy: 'FallbackToLogsOnError' }, want: 'x' },
    {
      name: 'at most eighty lines',
      log: lines(100, 2),
      source: { policy: 'FallbackToLogsOnError' },
      want: Array.from({ length: 80 }, (_, i) => `${20 + i}\n`).join(''),
    },
    {
      name: 'at most 2,048 bytes',
      log: lines(80, 63),
      source: { policy: 'FallbackToLogsOnError' },
      want: Array.from({ length: 32 }, (_, i) => `${String(48 + i).padStart(63, '0')}\n`).join(''),
    },
  ];
  for (const { name, file, log, source, want } of rows)
    it(name, async () => {
      if (file !== undefined) writeFileSync(`${dir}/message`, file);
      if (log !== undefined) writeFileSync(`${dir}/log`, log);
      const all: TerminationSource = { policy: 'File', file: `${dir}/message`, log: `${dir}/log`, exitCode: 1, ...source };
      assert.equal(await readTerminationMessage(all), want);
    });

  it('a container that puts something else in its place tells nothing, and nobody waits', async () => {
    writeFileSync(`${dir}/secret`, 'secret');
    symlinkSync(`${dir}/secret`, `${dir}/link`);
    execFileSync('mkfifo', [`${dir}/fifo`]);
    for (const name of ['link', 'fifo', '.']) {
      const source = { policy: 'File' as const, file: `${dir}/${name}`, log: `${dir}/log`, exitCode: 1 };
      assert.equal(await readTerminationMessage(source), '');
    }
  });

  it('the containers of a pod share 12 KiB', () => {
    assert.equal(shareOfPod('x'.repeat(4096), 3), 'x'.repeat(4096));
    assert.equal(shareOfPod('x'.repeat(4096), 4), 'x'.repeat(3072));
    assert.equal(shareOfPod(`${'x'.repeat(3071)}ü`, 4), 'x'.repeat(3071));
  });
});
