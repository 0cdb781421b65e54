import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  type CleanupInput,
  cleanupJob,
  infraJob,
  mountJob,
  overlayOptions,
  prelude,
  type RuntimeLayout,
  startJob,
} from '../../src/runtime/commands.ts';

/** A directory with everything that a shell could misread in its name. */
const layoutIn = (dir: string): RuntimeLayout => ({
  runtime: `${dir}/crun`,
  root: `${dir}/state`,
  cgroupManager: 'disabled',
  conmon: `${dir}/conmon`,
  exits: `${dir}/exits`,
  sockets: `${dir}/s`,
  exitCommand: ['/bin/sh', '-c', 'echo "$1" | x; y', 'exit'],
});

describe('commands', () => {
  let dir: string;
  let layout: RuntimeLayout;
  let said: string;
  const tool = (name: string, script: string) => writeFileSync(`${dir}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const called = () => (existsSync(said) ? readFileSync(said, 'utf8').trim().split('\n') : []);
  /** As a worker does it. */
  const run = (job: string): number => {
    const script = `NL='\n'\ncd /\n${prelude(layout)}\neval "$1"; s=$?; test "$PWD" = / || s=99; exit $s`;
    try {
      execFileSync('/bin/sh', ['-c', script, 'worker', job], { env: { PATH: `${dir}:${process.env['PATH']}` } });
      return 0;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };

  beforeEach(() => {
    dir = mkdtempSync("/tmp/p cmd'$(x)-");
    said = `${dir}/said`;
    layout = layoutIn(dir);
    mkdirSync(`${dir}/b`);
    tool('crun', `printf '%s|' crun "$@" >>'${said.replaceAll("'", `'\\''`)}'; echo >>'${said.replaceAll("'", `'\\''`)}'`);
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const globals = () => `crun|--root=${dir}/state|--cgroup-manager=disabled|`;

  describe('a container', () => {
    const conmon = (answer: string) =>
      tool(
        'conmon',
        `printf '%s\\n' "$@" >${quoted(`${dir}/args`)}; printf '%s' ${process.pid} | tee ${quoted(`${dir}/b/conmon.pid`)} >${quoted(`${dir}/b/pid`)}; ${answer}; (sleep 0.3) 5>&5 & wait`,
      );
    const job = (more: object = {}) => startJob({ id: 'c1', bundle: `${dir}/b`, log: `${dir}/log`, ...more });

    it('is made by conmon, its processes are noted, then it is started', () => {
      conmon(`echo '{"data": 7}' >&5`);
      assert.equal(run(job({ tty: true, stdin: true })), 0);
      const args = readFileSync(`${dir}/args`, 'utf8').trim().split('\n');
      assert.deepEqual(args, [
        '--api-version=1',
        '--full-attach',
        '--no-sync-log',
        '--no-new-keyring',
        `--exit-dir=${dir}/exits`,
        `--socket-dir-path=${dir}/s`,
        `--runtime=${dir}/crun`,
        `--runtime-arg=--root=${dir}/state`,
        '--runtime-arg=--cgroup-manager=disabled',
        '--exit-command=/bin/sh',
        '--exit-command-arg=-c',
        '--exit-command-arg=echo "$1" | x; y',
        '--exit-command-arg=exit',
        '--exit-command-arg=c1',
        '-c',
        'c1',
        '-u',
        'c1',
        '-n',
        'c1',
        '-b',
        `${dir}/b`,
        '-p',
        `${dir}/b/pid`,
        '-P',
        `${dir}/b/conmon.pid`,
        '-l',
        `k8s-file:${dir}/log`,
        '-t',
        '-i',
      ]);
      assert.deepEqual(called(), [`${globals()}start|c1|`]);
      const { pid } = process;
      assert.match(readFileSync(`${dir}/b/refs`, 'utf8'), new RegExp(`^${pid} \\(.*\\) .*\\n${pid} \\(.*\\) .*\\n$`));
    });

    const failures: { name: string; answer: string; failure: string }[] = [
      {
        name: 'the runtime refuses',
        answer: `echo '{"data": -1, "message": "no\\\\n"}' >&5`,
        failure: '{"data": -1, "message": "no\\n"}\n',
      },
      { name: 'conmon says nothing', answer: ':', failure: '\n' },
      { name: 'conmon dies', answer: 'exec 5>&-; exit 1', failure: '\n' },
    ];
    for (const { name, answer, failure } of failures)
      it(`${name}: nothing is started, nothing is left`, () => {
        conmon(answer);
        assert.equal(run(job()), 1);
        assert.equal(readFileSync(`${dir}/b/failure`, 'utf8'), failure);
        assert.deepEqual(called(), [`${globals()}delete|-f|c1|`]);
      });

    it('the start fails: nothing is left', () => {
      conmon(`echo '{"data":7}' >&5`);
      tool('crun', `echo "$3" >>${quoted(said)}; case $3 in start) echo why >&2; exit 1;; esac`);
      assert.equal(run(job()), 1);
      assert.deepEqual(called(), ['start', 'delete']);
      assert.match(readFileSync(`${dir}/b/err`, 'utf8'), /why/);
    });
  });

  it('the infra container', () => {
    tool('crun', `echo "$*" >>${quoted(said)}; while [ "$1" != --pid-file ]; do shift; done; printf '%s' $PPID >"$2"`);
    assert.equal(run(infraJob('i1', `${dir}/b`)), 0);
    assert.deepEqual(called(), [
      `--root=${dir}/state --cgroup-manager=disabled run -d --no-new-keyring --bundle ${dir}/b --pid-file ${dir}/b/pid i1`,
    ]);
    assert.match(readFileSync(`${dir}/b/refs`, 'utf8'), /^\d+ \(.*\)/);
  });

  it('an infra container that cannot be made leaves nothing', () => {
    tool('crun', `echo "$3" >>${quoted(said)}; echo no >&2; exit 1`);
    assert.equal(run(infraJob('i1', `${dir}/b`)), 1);
    assert.deepEqual(called(), ['run', 'delete']);
    assert.equal(readFileSync(`${dir}/b/err`, 'utf8'), 'no\n');
  });

  describe('mounts', () => {
    const mount = () => ({ base: `${dir}/overlay`, lower: ['l/A', 'l/B'], upper: `${dir}/u`, work: `${dir}/w`, target: `${dir}/t` });
    it('of layers by their short names', () => {
      mkdirSync(`${dir}/overlay`);
      tool('mount', `printf '%s|' "$LIBMOUNT_FORCE_MOUNT2" "$PWD" "$@" >>${quoted(said)}`);
      assert.equal(run(mountJob(mount(), `${dir}/b/err`)), 0);
      const options = `lowerdir=l/A:l/B,upperdir=${dir}/u,workdir=${dir}/w,userxattr,volatile`;
      assert.deepEqual(called(), [`always|${dir}/overlay|-n|-i|-t|overlay|overlay|-o|${options}|${dir}/t|`]);
      assert.deepEqual(overlayOptions(mount()).join(), options);
    });
    it('that fail say why, and the shell is where it was', () => {
      mkdirSync(`${dir}/overlay`);
      tool('mount', 'echo no >&2; exit 32');
      assert.equal(run(mountJob(mount(), `${dir}/b/err`)), 1);
      assert.equal(readFileSync(`${dir}/b/err`, 'utf8'), 'no\n');
      assert.equal(run(mountJob({ ...mount(), base: `${dir}/nothing` }, `${dir}/b/err`)), 1);
      assert.match(readFileSync(`${dir}/b/err`, 'utf8'), /nothing/);
    });
  });

  describe('cleaning up', () => {
    const input = (): CleanupInput => ({ ids: ['c1', 'i1'], mounts: [`${dir}/m`], directories: [`${dir}/b`], errFile: '/dev/null' });
    beforeEach(() => {
      for (const sub of ['state/c1', 'state/i1', 'state/other']) mkdirSync(`${dir}/${sub}`, { recursive: true });
      tool('umount', `printf '%s|' "$@" >>${quoted(said)}; echo >>${quoted(said)}`);
    });
    it('without a cgroup manager the state is removed as files', () => {
      assert.equal(run(cleanupJob(layout, input())), 0);
      assert.deepEqual(called(), [`-n|${dir}/m|`]);
      assert.deepEqual(
        ['state/c1', 'state/i1', 'b', 'state/other'].map((name) => existsSync(`${dir}/${name}`)),
        [false, false, false, true],
      );
    });
    it('with one the runtime does it', () => {
      layout = { ...layout, cgroupManager: 'systemd' };
      assert.equal(run(cleanupJob(layout, { ...input(), mounts: [] })), 0);
      const start = `crun|--root=${dir}/state|--cgroup-manager=systemd|delete|-f|`;
      assert.deepEqual(called(), [`${start}c1|`, `${start}i1|`]);
    });
    it('a mount that is in use is taken off all the same', () => {
      tool('umount', `echo "$*" >>${quoted(said)}; test "$2" = -l`);
      assert.equal(run(cleanupJob(layout, input())), 0);
      assert.deepEqual(called(), [`-n ${dir}/m`, `-n -l ${dir}/m`]);
    });
    it('nothing to do is nothing', () => assert.equal(cleanupJob(layout, { ids: [], mounts: [], directories: [], errFile: '/x' }), ':'));
  });
});
