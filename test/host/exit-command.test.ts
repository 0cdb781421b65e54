import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { exitCommandArgv } from '../../src/host/exit-command.ts';
import { LARGEST_LOG, rotateLog } from '../../src/host/log.ts';
import { processRef } from '../../src/host/process.ts';
import { remoteFileSystem } from '../../src/host/store-place.ts';
import { until } from '../live/until.ts';

describe('exit command', () => {
  let run: string;
  let fifo: number | undefined;
  beforeEach(() => {
    run = mkdtempSync('/tmp/p-');
    fifo = undefined;
  });
  afterEach(() => {
    if (fifo !== undefined) closeSync(fifo);
    rmSync(run, { recursive: true });
  });

  const makeFifo = () => {
    execFileSync('mkfifo', [`${run}/wake`]);
    fifo = openSync(`${run}/wake`, constants.O_RDWR | constants.O_NONBLOCK);
  };
  const heard = () => {
    const chunk = Buffer.alloc(100);
    try {
      return fifo === undefined ? '' : chunk.toString('utf8', 0, readSync(fifo, chunk));
    } catch {
      return '';
    }
  };
  const holder = (living: boolean) => {
    const ref = processRef(process.pid);
    writeFileSync(`${run}/holder.pid`, `${ref?.pid} ${living ? ref?.start : 1}\n`);
    // what stands for a holder lives on: nobody may wait for it, or for a pipe that it has
    writeFileSync(`${run}/holder.sh`, `echo "$PD_RUN" >"${run}/started"; sleep 1`);
    writeFileSync(`${run}/holder.env`, `export PD_SH='/bin/sh' PD_SCRIPTS='${run}' PD_RUN='from holder.env'\n`);
  };
  const exit = () => {
    const [file, ...args] = exitCommandArgv({ run }, 'some-id', '/bin/dash');
    const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', timeout: 900 });
    assert.deepEqual({ status, stdout, stderr, error }, { status: 0, stdout: '', stderr: '', error: undefined });
  };

  it('wakes the engine of a living holder', () => {
    makeFifo();
    holder(true);
    exit();
    assert.equal(heard(), 'some-id\n');
    assert.equal(existsSync(`${run}/started`), false);
  });

  it('starts a holder when none lives', async () => {
    makeFifo();
    holder(false);
    exit();
    await until(() => readFileSync(`${run}/started`, 'utf8') === 'from holder.env\n', { what: 'a holder' });
    assert.equal(heard(), 'some-id\n');
  });

  it('with all gone it does nothing, and makes nothing', () => {
    exit();
    assert.deepEqual(readdirSync(run), []);
  });
});

describe('engine log', () => {
  it('is put aside when it has grown', () => {
    const dir = mkdtempSync('/tmp/p-');
    try {
      rotateLog(`${dir}/log`);
      writeFileSync(`${dir}/log`, 'x'.repeat(LARGEST_LOG));
      rotateLog(`${dir}/log`);
      assert.deepEqual(readdirSync(dir), ['log']);
      writeFileSync(`${dir}/log`, 'x'.repeat(LARGEST_LOG + 1));
      rotateLog(`${dir}/log`);
      assert.deepEqual(readdirSync(dir), ['log.1']);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('place of the store', () => {
  it('a local file system is accepted', () => assert.equal(remoteFileSystem('/proc'), undefined));
});
