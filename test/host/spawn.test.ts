import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { alive, processRef } from '../../src/host/process.ts';
import { runInteractive, runTool, startDetached, startService } from '../../src/host/spawn.ts';
import type { Argv } from '../../src/host/tool-error.ts';
import { until } from '../live/until.ts';

describe('spawn', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    dir = mkdtempSync('/tmp/p-');
    env = { PATH: `${dir}:/usr/bin:/bin`, DIR: dir };
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const fake = (name: string, script: string) => writeFileSync(`${dir}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const pidIn = (file: string) =>
    until(() => processRef(Number(readFileSync(`${dir}/${file}`, 'utf8'))), { what: `a process in ${file}`, timeoutMs: 5_000 });

  it('gives input, output and exactly the environment', async () => {
    fake('tool', 'echo "$1/$2"; cat; echo "$DIR" >&2; env | grep -c HOME');
    const ran = await runTool(['tool', 'a b', ''], { timeoutMs: 5_000, env, input: 'in\n', okCodes: [1] });
    assert.deepEqual(ran, { stdout: 'a b/\nin\n0\n', stderr: `${dir}\n`, exitCode: 1 });
  });

  const failures: { name: string; script: string; code: string; message: RegExp }[] = [
    {
      name: 'its exit code and words',
      script: 'echo not permitted >&2; exit 3',
      code: 'TOOL_FAILED',
      message: /^tool 'a b': exit 3\nnot permitted$/,
    },
    { name: 'its signal', script: 'kill -TERM $$', code: 'TOOL_FAILED', message: /^tool 'a b': SIGTERM$/ },
    { name: 'the end of a long complaint', script: 'seq 1000 >&2; exit 1', code: 'TOOL_FAILED', message: /exit 1\n981\n(\d+\n)+1000$/ },
    { name: 'hanging', script: 'echo so far >&2; sleep 60', code: 'TOOL_TIMEOUT', message: /^tool 'a b': not done after 300 ms\nso far$/ },
    { name: 'deaf to SIGTERM', script: 'trap "" TERM; while :; do sleep 1; done', code: 'TOOL_TIMEOUT', message: /not done after 300 ms/ },
  ];
  for (const row of failures)
    it(`tells ${row.name}`, async () => {
      fake('tool', row.script);
      await assert.rejects(runTool(['tool', 'a b'], { timeoutMs: 300, env }), { code: row.code, message: row.message });
    });

  it('a missing tool has a remedy; a missing directory is not a missing tool', async () => {
    await assert.rejects(runTool(['/nowhere/pasta'], { timeoutMs: 5_000, env }), {
      code: 'TOOL_MISSING',
      message: 'pasta is not installed',
      remedy: 'sudo apt-get install passt',
    });
    await assert.rejects(runTool(['true'], { timeoutMs: 5_000, env, cwd: '/nowhere' }), { code: 'TOOL_FAILED' });
  });

  it('ends the children as well, at the deadline and when it is called off', async () => {
    fake('tool', 'sleep 60 & echo $! >"$DIR/pid"; wait');
    const calledOff = new AbortController();
    for (const options of [{ timeoutMs: 400 }, { timeoutMs: 60_000, signal: calledOff.signal }]) {
      rmSync(`${dir}/pid`, { force: true });
      const running = assert.rejects(runTool(['tool'], { ...options, env }), options.signal ? /called off/ : { code: 'TOOL_TIMEOUT' });
      const child = await pidIn('pid');
      calledOff.signal.throwIfAborted();
      if (options.signal) calledOff.abort(new Error('called off'));
      await running;
      await until(() => !alive(child), { what: 'the end of its child', timeoutMs: 5_000 });
    }
  });

  it('a daemon that keeps the pipes ends with the deadline', async () => {
    fake('tool', 'setsid sleep 5 & echo done');
    await assert.rejects(runTool(['tool'], { timeoutMs: 300, env }), { code: 'TOOL_TIMEOUT' });
  });

  it('gives out stderr line by line', async () => {
    fake('tool', 'printf "one\\ntw" >&2; printf "o\\nthree" >&2');
    const lines: string[] = [];
    await runTool(['tool'], { timeoutMs: 5_000, env, onStderrLine: (line) => lines.push(line) });
    assert.deepEqual(lines, ['one', 'two', 'three']);
  });

  const services: { name: string; argv: Argv; want: { lines: string[]; reason: RegExp } }[] = [
    {
      name: 'answers line by line',
      argv: ['sh', '-c', 'while read -r l; do echo "got $l"; done'],
      want: { lines: ['got a', 'got b'], reason: /^exit 0$/ },
    },
    { name: 'dies', argv: ['sh', '-c', 'read -r l; echo "$l"; kill -9 $$'], want: { lines: ['a'], reason: /^SIGKILL$/ } },
    { name: 'does not start', argv: ['/nowhere/tool'], want: { lines: [], reason: /ENOENT/ } },
    { name: 'does not end by itself', argv: ['sh', '-c', 'trap "" PIPE; echo up; sleep 60'], want: { lines: ['up'], reason: /^SIGKILL$/ } },
  ];
  for (const row of services)
    it(`a service that ${row.name}`, async () => {
      const lines: string[] = [];
      const reasons: string[] = [];
      const service = startService(row.argv, { env, onLine: (line) => lines.push(line), onExit: (reason) => reasons.push(reason) });
      service.send('a');
      service.send('b');
      service.close();
      service.send('late');
      assert.match(await service.exited, row.want.reason);
      assert.deepEqual({ lines, ends: reasons.length }, { lines: row.want.lines, ends: 1 });
    });

  it('a detached process has a session of its own, and its stderr goes to a file', async () => {
    fake('tool', 'echo "$(cut -d" " -f6 /proc/$$/stat) $$" >&2');
    const pid = startDetached(['tool'], { env, stderrFile: `${dir}/err` });
    await until(() => readFileSync(`${dir}/err`, 'utf8') === `${pid} ${pid}\n`, { what: 'its session is its pid', timeoutMs: 5_000 });
    assert.throws(() => startDetached(['/nowhere/tool'], { env }), { code: 'TOOL_MISSING' });
  });

  const codes: { argv: Argv; want: number }[] = [
    { argv: ['true'], want: 0 },
    { argv: ['sh', '-c', 'exit 42'], want: 42 },
    { argv: ['sh', '-c', 'kill -TERM $$'], want: 143 },
  ];
  for (const row of codes)
    it(`${row.argv.join(' ')} on our terminal gives ${row.want}`, async () =>
      assert.equal(await runInteractive(row.argv, { env }), row.want));
  it('a program that is not there', () => assert.rejects(runInteractive(['/nowhere/tool'], { env }), { code: 'TOOL_MISSING' }));
});
