/** docs/commands.md: every command, from what --help is made of. Pure. */
import { type Command, GLOBAL_OPTIONS } from './command.ts';
import { optionHelp, optionText, usageLine } from './help.ts';
import { GROUPS, type Verb } from './verbs.ts';
import type { OptionSpec } from './words.ts';

export interface Entry {
  verb: Verb;
  command: Command;
}

export function commandReference(entries: readonly Entry[]): string {
  const lines = [
    '# Commands',
    '',
    'Made by `tools/generate-docs.ts` from the same source as `--help`.',
    '',
    'Exit codes: 0 done, 1 failed (and undone), 2 an invalid manifest or command line (nothing touched); `exec` gives the exit code of the',
    'program, 125 to 127 when it could not be run.',
    '',
    'Options of every command:',
    '',
    ...optionTable(GLOBAL_OPTIONS),
  ];
  for (const group of GROUPS) {
    lines.push('', `## ${group}`);
    for (const entry of entries.filter(({ verb }) => verb.group === group)) lines.push('', ...section(entry));
  }
  return `${lines.join('\n')}\n`;
}

function section({ verb, command }: Entry): string[] {
  const [name, ...others] = verb.spellings;
  const options = command.options.filter((spec) => !spec.hidden);
  return [
    `### ${name}`,
    '',
    `\`${usageLine(command)}\``,
    '',
    `${verb.summary}.${command.description === undefined ? '' : ` ${command.description}`}${others.length === 0 ? '' : ` Also: \`${others.join('`, `')}\`.`}`,
    ...(options.length === 0 ? [] : ['', ...optionTable(options)]),
    '',
    '```sh',
    ...command.examples.flatMap(([what, line]) => [`# ${what}`, line]),
    '```',
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

const optionTable = (options: readonly OptionSpec[]): string[] => [
  '| Option | Meaning |',
  '|---|---|',
  ...options.map((spec) => `| \`${cell(optionText(spec).trim())}\` | ${cell(optionHelp(spec))} |`),
];
