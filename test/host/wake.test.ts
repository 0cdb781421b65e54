import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readWakes, wake } from '../../src/host/wake.ts';
import { until } from '../live/until.ts';

describe('wake', () => {
  let dir: string;
  let paths: { wake: string };
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    paths = { wake: `${dir}/wake` };
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const makeFifo = () => execFileSync('mkfifo', [paths.wake]);

  const nobody: { name: string; make: () => void }[] = [
    { name: 'no FIFO', make: () => undefined },
    { name: 'a file', make: () => writeFileSync(paths.wake, '') },
    {
      name: 'a link to a FIFO',
      make: () => {
        execFileSync('mkfifo', [`${dir}/other`]);
        symlinkSync(`${dir}/other`, paths.wake);
      },
    },
  ];
  for (const row of nobody)
    it(`${row.name}: nobody is woken, nothing is made`, () => {
      row.make();
      assert.equal(wake(paths), false);
      assert.throws(() => readWakes(paths, () => undefined), { code: 'ENOENT' });
    });

  it('blocks neither without a reader nor when it is full', () => {
    makeFifo();
    const holder = openSync(paths.wake, constants.O_RDWR | constants.O_NONBLOCK);
    assert.equal(wake(paths, 'one'), true);
    const chunk = Buffer.alloc(100);
    assert.equal(chunk.toString('utf8', 0, readSync(holder, chunk)), 'one\n');
    assert.throws(
      () => {
        for (;;) writeSync(holder, Buffer.alloc(4_096));
      },
      { code: 'EAGAIN' },
    );
    assert.equal(wake(paths), true);
    closeSync(holder);
  });

  it('the engine hears each line once, by event or by draining', async () => {
    makeFifo();
    const holder = openSync(paths.wake, constants.O_RDWR | constants.O_NONBLOCK);
    wake(paths, 'before');
    const heard: string[] = [];
    const reader = readWakes(paths, (line) => heard.push(line));
    await until(() => heard.length === 1, { what: 'the line that was there' });
    for (const line of ['a', 'b', 'c']) wake(paths, line);
    assert.deepEqual(reader.drain(), ['a', 'b', 'c']);
    assert.deepEqual(reader.drain(), []);
    wake(paths, 'd');
    await until(() => heard.length === 2, { what: 'the last line' });
    assert.deepEqual(heard, ['before', 'd']);
    reader.close();
    wake(paths, 'later');
    const chunk = Buffer.alloc(100);
    assert.equal(chunk.toString('utf8', 0, readSync(holder, chunk)), 'later\n');
    closeSync(holder);
  });

  it('the holder is not made non-blocking by it', () => {
    makeFifo();
    const holder = openSync(paths.wake, constants.O_RDWR);
    const reader = readWakes(paths, () => undefined);
    const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${holder}`, 'utf8'))?.[1];
    assert.equal(Number.parseInt(flags ?? '', 8) & constants.O_NONBLOCK, 0);
    reader.close();
    closeSync(holder);
  });
});
