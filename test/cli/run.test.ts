import assert from 'node:assert/strict';
import { PodsteadError } from '../../src/api/errors.ts';
import { readCommandLine } from '../../src/cli/command.ts';
import { describeError, exitCodeOf, ManifestFaults, SilentExit } from '../../src/cli/faults.ts';
import { commandHelp } from '../../src/cli/help.ts';
import { resolveVerb, VERBS } from '../../src/cli/verbs.ts';
import { ScratchWorld } from './scratch-world.ts';

describe('the command line as a whole', () => {
  it('finds a command by its words, options before it too', () => {
    const called = (line: string) => {
      const call = resolveVerb(line.split(' '));
      return 'verb' in call ? [call.verb.spellings[0], ...call.args] : call.help.map((verb) => verb.spellings[0]);
    };
    assert.deepEqual(called('kube play a.yaml'), ['play kube', 'a.yaml']);
    assert.deepEqual(called('-n a --debug get pods'), ['get', '-n', 'a', '--debug', 'pods']);
    assert.deepEqual(called('help get'), ['get', '--help']);
    assert.deepEqual(called('--version'), ['version']);
    assert.deepEqual(called('kube --help'), ['play kube', 'kube down', 'generate kube']);
    assert.deepEqual(called('system'), ['system down', 'system reset']);
  });
  it('unknown words are named, with what may have been meant', async () => {
    using world = new ScratchWorld();
    assert.deepEqual(await world.podstead('gett pods'), {
      code: 2,
      out: '',
      err: 'podstead: there is no command "gett"\n  fix: did you mean "get"? podstead --help lists the commands\n',
    });
    assert.equal((await world.podstead('kube up')).code, 2);
    assert.equal((await world.podstead('--colour get')).code, 2);
    assert.equal((await world.podstead('get pods -n')).code, 2);
    assert.equal((await world.podstead('version too much')).code, 2);
  });
  it('shows help, and loads nothing else for it', async () => {
    using world = new ScratchWorld();
    const { code, out, err } = await world.podstead('--help');
    assert.deepEqual([code, err], [0, '']);
    for (const verb of VERBS) assert.ok(out.includes(`  ${verb.spellings[0]} `), verb.spellings[0]);
    assert.match((await world.podstead('get --help')).out, /^Usage: podstead get \[KIND\] \[NAME…\] \[OPTIONS\]\n/);
    assert.match((await world.podstead('exec web --help')).out, /^Usage: podstead exec NAME \[OPTIONS\] \[--\] COMMAND \[ARG…\]\n/);
  });
  for (const verb of VERBS) {
    it(`${verb.spellings[0]} has examples that can be read, and its name`, async () => {
      const command = await verb.load();
      assert.equal(command.name, verb.spellings[0]);
      assert.match(commandHelp(verb, command), /\nExamples:\n/);
      for (const [, line] of command.examples) {
        const words = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, '')).slice(1);
        const call = resolveVerb(words);
        assert.ok('verb' in call, line);
        assert.notEqual(readCommandLine(await call.verb.load(), call.args), undefined);
      }
    });
  }
  it('the namespace: -n, else the variable, else default', async () => {
    using world = new ScratchWorld();
    const err = async (line: string, env = {}) => (await world.podstead(line, { env })).err;
    assert.equal(await err('get pods'), 'No resources found in default namespace.\n');
    assert.equal(await err('get pods', { PODSTEAD_NAMESPACE: 'a' }), 'No resources found in a namespace.\n');
    assert.equal(await err('get pods -n b', { PODSTEAD_NAMESPACE: 'a' }), 'No resources found in b namespace.\n');
  });
});

describe('errors for people', () => {
  const cause = new Error('outer', { cause: new Error('inner') });
  const rows: { name: string; error: unknown; lines: string[]; code: number }[] = [
    {
      name: 'with a remedy',
      error: new PodsteadError('IO', 'no', { remedy: 'do this' }),
      lines: ['podstead: no', '  fix: do this'],
      code: 1,
    },
    {
      name: 'with causes that say something new',
      error: new PodsteadError('IO', 'no: outer', { cause }),
      lines: ['podstead: no: outer', '  cause: inner'],
      code: 1,
    },
    { name: 'usage', error: new PodsteadError('USAGE', 'no'), lines: ['podstead: no'], code: 2 },
    {
      name: 'several lines',
      error: new PodsteadError('PLAY_FAILED', 'a\nb\n'),
      lines: ['podstead: a', '  b'].join('\n').split('\n\n'),
      code: 1,
    },
    { name: 'control characters', error: new PodsteadError('IO', 'a\u001b[2Jb'), lines: ['podstead: a\\e[2Jb'], code: 1 },
    {
      name: 'all faults of a manifest',
      error: new ManifestFaults([
        { reason: 'UnknownField', field: 'a.b', message: 'unknown field', position: { file: 'f', line: 1, column: 2 } },
        { reason: 'Preflight', field: '', message: 'x\ny' },
      ]),
      lines: ['f:1:2: a.b: unknown field', 'x\\ny', 'podstead: 2 faults, nothing was changed'],
      code: 2,
    },
    {
      name: 'one of ours',
      error: new TypeError('oops'),
      lines: ['podstead: this should not happen: oops', '  fix: run it again with --debug and report what it says'],
      code: 1,
    },
    { name: 'already said', error: new SilentExit(7), lines: [], code: 7 },
  ];
  for (const { name, error, lines, code } of rows) {
    it(name, () => {
      assert.deepEqual(describeError(error, false), lines);
      assert.equal(exitCodeOf(error), code);
    });
  }
  it('a stack only when it is asked for', () => assert.match(describeError(new Error('x'), true).join('\n'), /\n {4}at /));
});
