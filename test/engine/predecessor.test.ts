import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { awaitPredecessor, recordWorkers, workersRecorder } from '../../src/engine/predecessor.ts';
import { alive, processRef } from '../../src/host/process.ts';
import { WorkerPool } from '../../src/host/worker.ts';
import { until } from '../live/until.ts';

describe('workers of an earlier engine', () => {
  let dir: string;
  let pool: WorkerPool;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    pool = new WorkerPool({ size: 1, sh: '/bin/dash' });
  });
  afterEach(() => {
    pool.close();
    rmSync(dir, { recursive: true });
  });

  it('nobody: at once', () => awaitPredecessor(`${dir}/workers`));

  it('one that hangs is ended with the children of its job', async () => {
    const failed = assert.rejects(pool.job(`sleep 60 & echo $! >${dir}/pid; wait`, { timeoutMs: 60_000 }), { code: 'TOOL_FAILED' });
    const child = await until(() => processRef(Number(readFileSync(`${dir}/pid`, 'utf8'))), { what: 'its child' });
    await recordWorkers(`${dir}/workers`, pool.pids);
    await awaitPredecessor(`${dir}/workers`, { waitMs: 20, endMs: 5_000 });
    await failed;
    await until(() => !alive(child), { what: 'the end of its child' });
  });

  it('one that does not end is told', async () => {
    pool.warm();
    await recordWorkers(`${dir}/workers`, pool.pids);
    await assert.rejects(awaitPredecessor(`${dir}/workers`, { waitMs: 60_000, endMs: -60_000 }), {
      code: 'TOOL_TIMEOUT',
      message: `processes ${pool.pids[0]} of an earlier engine do not end`,
    });
  });

  it('what was written last stays', async () => {
    const record = workersRecorder(`${dir}/workers`);
    await Promise.all([record([]), record([process.pid, process.ppid]), record([process.pid])]);
    assert.deepEqual(readFileSync(`${dir}/workers`, 'utf8').trim().split(' ')[0], String(process.pid));
    assert.equal(readFileSync(`${dir}/workers`, 'utf8').trim().split('\n').length, 1);
  });
});
