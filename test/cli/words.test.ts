import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type OptionSpec, readWords } from '../../src/cli/words.ts';

const options: readonly OptionSpec[] = [
  { flags: '-n, --namespace <name>', help: '' },
  { flags: '-o, --output <format>', help: '' },
  { flags: '-i, --stdin', help: '' },
  { flags: '-t, --tty', help: '' },
  { flags: '--wait', help: '', default: true },
  { flags: '--no-headers', help: '' },
  { flags: '--dry-run [mode]', help: '', bare: 'client' },
  { flags: '-l, --latest [selector]', help: '', bare: '', word: true },
];
const nothing = { rest: [], dashes: false };

describe('words of a command line', () => {
  const rows: { name: string; args: string[]; programAfter?: number; want: ReturnType<typeof readWords> }[] = [
    { name: 'operands stay', args: ['pods', 'web'], want: { args: ['pods', 'web'], ...nothing } },
    { name: 'a value as the next word', args: ['-n', 'a', 'pods'], want: { args: ['--namespace=a', 'pods'], ...nothing } },
    { name: 'a value after =', args: ['-n=a', '--output=json'], want: { args: ['--namespace=a', '--output=json'], ...nothing } },
    { name: 'a value in the same word', args: ['-ojson'], want: { args: ['--output=json'], ...nothing } },
    { name: 'a value with = in it', args: ['-o', 'jsonpath={.a}=b'], want: { args: ['--output=jsonpath={.a}=b'], ...nothing } },
    { name: 'an empty value', args: ['--namespace='], want: { args: ['--namespace='], ...nothing } },
    { name: 'a value that looks like an option', args: ['-n', '-x'], want: { args: ['--namespace=-x'], ...nothing } },
    { name: 'letters together', args: ['-itn', 'a'], want: { args: ['--stdin=true', '--tty=true', '--namespace=a'], ...nothing } },
    {
      name: 'yes or no',
      args: ['--wait=false', '--no-headers', '--tty=T'],
      want: { args: ['--wait=false', '--no-headers=true', '--tty=true'], ...nothing },
    },
    { name: 'an optional value needs =', args: ['--dry-run', 'server'], want: { args: ['--dry-run=client', 'server'], ...nothing } },
    { name: 'an optional value', args: ['--dry-run=server'], want: { args: ['--dry-run=server'], ...nothing } },
    { name: '-l with a word', args: ['-l', 'app=web'], want: { args: ['--latest=app=web'], ...nothing } },
    { name: '-l alone', args: ['-l'], want: { args: ['--latest='], ...nothing } },
    { name: '-l before an option', args: ['-l', '-i'], want: { args: ['--latest=', '--stdin=true'], ...nothing } },
    { name: 'an unknown option stays for commander', args: ['--colour=no', '-x'], want: { args: ['--colour=no', '-x'], ...nothing } },
    { name: '- is an operand', args: ['-'], want: { args: ['-'], ...nothing } },
    { name: 'after -- nothing is an option', args: ['a', '--', '-n', 'x'], want: { args: ['a'], rest: ['-n', 'x'], dashes: true } },
    {
      name: 'a program after its operand',
      args: ['web', '-i', 'sh', '-n', 'x'],
      programAfter: 1,
      want: { args: ['web', '--stdin=true'], rest: ['sh', '-n', 'x'], dashes: false },
    },
    {
      name: 'a program after --',
      args: ['web', '-n', 'a', '--', 'sh', '--', '-t'],
      programAfter: 1,
      want: { args: ['web', '--namespace=a'], rest: ['sh', '--', '-t'], dashes: true },
    },
    {
      name: 'a program with empty words',
      args: ['web', '', 'x', ''],
      programAfter: 1,
      want: { args: ['web'], rest: ['', 'x', ''], dashes: false },
    },
  ];
  for (const { name, args, programAfter, want } of rows) {
    it(name, () => assert.deepEqual(readWords(args, { options, ...(programAfter === undefined ? {} : { programAfter }) }), want));
  }
  it('refuses an option without its value', () => {
    assert.throws(() => readWords(['-n'], { options }), { code: 'USAGE', message: 'option -n, --namespace <name> needs a value' });
  });
  it('refuses a value that is neither true nor false', () => {
    assert.throws(() => readWords(['--wait=maybe'], { options }), {
      code: 'USAGE',
      message: 'option --wait is true or false, not "maybe"',
    });
  });
  it('passes the words of a program on as they are', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (program) =>
        assert.deepEqual(readWords(['web', '--', ...program], { options, programAfter: 1 }).rest, program),
      ),
    );
  });
});
