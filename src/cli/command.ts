/** What a command is, and how its words are read. */
import { CommanderError, Option, Command as Parser } from 'commander';
import { PodsteadError } from '../api/errors.ts';
import type { Context } from './context.ts';
import { Options } from './options.ts';
import { type OptionSpec, optionShape, readWords } from './words.ts';

export interface Given {
  readonly operands: readonly string[];
  readonly options: Options;
  /** The program that `exec` and its like are to run. */
  readonly program: readonly string[];
}

export interface Command {
  /** `play kube` */
  readonly name: string;
  /** As commander writes them: `<kind> [name...]` */
  readonly operands: string;
  /** More than the verb's summary says. */
  readonly description?: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly (readonly [what: string, command: string])[];
  /** After so many operands the words of a program begin. */
  readonly programAfter?: number;
  /** An exit code other than 0, or nothing. */
  run(context: Context, given: Given): Promise<number | undefined>;
}

/** These every command has. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '-n, --namespace <name>', help: 'namespace of the objects (PODSTEAD_NAMESPACE, else "default")' },
  { flags: '--debug', help: 'with errors, show where in podstead they came from' },
  { flags: '-h, --help', help: 'this text' },
];

export const allOptions = (command: Command): readonly OptionSpec[] => [...command.options, ...GLOBAL_OPTIONS];

/** `help`: it was asked for. Throws USAGE. */
export function readCommandLine(command: Command, args: readonly string[]): Given | 'help' {
  const specs = allOptions(command);
  const words = readWords(args, { options: specs, ...(command.programAfter === undefined ? {} : { programAfter: command.programAfter }) });
  if (words.args.includes('--help=true')) return 'help';
  const parser = parserOf(command, specs);
  const program = command.programAfter === undefined ? [] : words.rest;
  const operands = command.programAfter === undefined && words.dashes ? ['--', ...words.rest] : [];
  try {
    parser.parse([...words.args, ...operands], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw usage(command, error.message);
    throw error;
  }
  return { operands: parser.args, options: new Options(specs, givenOptions(parser)), program };
}

export const usage = (command: Command, message: string): PodsteadError =>
  new PodsteadError('USAGE', message.replace(/^error: /, '').replace(/\n\(/, ' ('), { remedy: `podstead ${command.name} --help` });

function parserOf(command: Command, specs: readonly OptionSpec[]): Parser {
  const parser = new Parser(command.name).helpOption(false).exitOverride().allowExcessArguments(false);
  parser.configureOutput({ writeErr: () => {} });
  for (const word of command.operands.split(' ').filter((w) => w !== '')) parser.argument(word);
  for (const spec of specs) {
    const { long, value } = optionShape(spec);
    const option = new Option(`--${long} ${value === 'required' ? '<value>' : '[value]'}`);
    parser.addOption(option.argParser((text: string, before: unknown) => [...(Array.isArray(before) ? before : []), text]));
  }
  return parser;
}

function givenOptions(parser: Parser): Map<string, readonly string[]> {
  const given = new Map<string, readonly string[]>();
  for (const option of parser.options) {
    const name = option.attributeName();
    if (parser.getOptionValueSource(name) !== 'cli') continue;
    const value: unknown = parser.getOptionValue(name);
    given.set(option.name(), Array.isArray(value) ? value.map(String) : [String(value)]);
  }
  return given;
}
