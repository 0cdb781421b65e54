import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { alive, processRef } from '../../src/host/process.ts';
import { quote, quoteAll, WorkerPool } from '../../src/host/worker.ts';
import { until } from '../live/until.ts';

const TIME = { timeoutMs: 5_000 };

describe('worker pool', () => {
  let dir: string;
  let pool: WorkerPool;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    pool = new WorkerPool({ size: 2, sh: '/bin/dash', functions: 'put() { printf %s "$2" >"$1"; }', env: { PATH: '/usr/bin:/bin' } });
  });
  afterEach(() => {
    pool.close();
    rmSync(dir, { recursive: true });
  });

  it('does jobs and tells their status', async () => {
    const jobs = ['true', 'false', 'sh -c "exit 42"', 'IFS=x; cd /tmp; true', 'no-such-program 2>/dev/null', '[ "$PWD" = / ] || cd /'];
    assert.deepEqual(await Promise.all(jobs.map((job) => pool.job(job, TIME))), [0, 1, 42, 0, 127, 0]);
    assert.equal(pool.pending, 0);
  });

  it('knows the functions, and any word can be given to them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const word = text.replaceAll('\0', '');
        assert.equal(await pool.job(`put ${quoteAll([`${dir}/f`, word])}`, TIME), 0);
        assert.equal(readFileSync(`${dir}/f`, 'utf8'), word);
      }),
      { numRuns: 50, examples: [["'"], ['\n'], ['$(id)`id`\\n"'], ["'\n'"]] },
    );
  });

  it('no more than its size at once, the others in order', async () => {
    const begin = (n: number) => pool.job(`echo ${n} >>${quote(`${dir}/began`)}; until [ -e ${dir}/go ]; do sleep 0.01; done`, TIME);
    const all = Promise.all([1, 2, 3, 4].map(begin));
    const began = () => readFileSync(`${dir}/began`, 'utf8').trim().split('\n');
    await until(() => began().length === 2, { what: 'two jobs', timeoutMs: 5_000 });
    assert.deepEqual([began().sort(), pool.pending], [['1', '2'], 4]);
    writeFileSync(`${dir}/go`, '');
    assert.deepEqual(await all, [0, 0, 0, 0]);
  });

  it('ends a job with its children when its time is over, and goes on', async () => {
    const hanging = pool.job(`sleep 60 & echo $! >${dir}/pid; wait`, { timeoutMs: 300 });
    await assert.rejects(hanging, { code: 'TOOL_TIMEOUT', message: /^not done after 300 ms: sleep 60/ });
    const child = processRef(Number(readFileSync(`${dir}/pid`, 'utf8')));
    await until(() => !child || !alive(child), { what: 'the end of its child', timeoutMs: 5_000 });
    assert.equal(await pool.job('true', TIME), 0);
  });

  it('tells of every shell that starts', async () => {
    const told: (readonly number[])[] = [];
    const own = new WorkerPool({ size: 2, sh: '/bin/dash', onStart: (pids) => told.push(pids) });
    own.warm();
    const [first, second] = own.pids;
    await assert.rejects(own.job('exit 1', TIME));
    await own.job('true', TIME);
    await Promise.all([own.job('true', TIME), own.job('true', TIME)]);
    const last = own.pids;
    assert.deepEqual(told.slice(0, 2), [[first], [first, second]]);
    assert.deepEqual([told.length, told[2]?.toSorted(), last.length], [3, last.toSorted(), 2]);
    own.close();
  });

  const deaths: { name: string; job: string; message: RegExp }[] = [
    { name: 'ends its shell', job: 'exit 7', message: /^its shell ended \(exit 7\): exit 7$/ },
    { name: 'kills its shell', job: 'kill -9 $$', message: /^its shell ended \(SIGKILL\)/ },
    { name: 'is no shell text', job: 'if', message: /^its shell ended \(exit 2\): if$/ },
  ];
  for (const row of deaths)
    it(`a job that ${row.name} fails alone`, async () => {
      const [failed, ...others] = await Promise.allSettled([row.job, 'true', 'true', 'true'].map((job) => pool.job(job, TIME)));
      assert.equal(failed?.status, 'rejected');
      assert.match(failed.status === 'rejected' ? failed.reason.message : '', row.message);
      assert.deepEqual(
        others.map((other) => other.status === 'fulfilled' && other.value),
        [0, 0, 0],
      );
    });

  it('is told when its shell cannot be started', async () => {
    const broken = new WorkerPool({ size: 1, sh: '/nowhere/dash' });
    await assert.rejects(broken.job('true', TIME), { code: 'TOOL_FAILED', message: /ENOENT/ });
  });

  it('refuses what is not one line, and everything when it is closed', async () => {
    await assert.rejects(pool.job('true\ntrue', TIME), /a job is one line/);
    const running = pool.job('sleep 0.1', TIME);
    pool.close();
    await assert.rejects(pool.job('true', TIME), { code: 'TOOL_FAILED' });
    assert.equal(await running, 0);
  });
});
