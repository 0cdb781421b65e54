/** The text of --help, from what a command says of itself. Pure; docs/commands.md is made from the same. */
import { allOptions, type Command, GLOBAL_OPTIONS } from './command.ts';
import { GROUPS, type Verb } from './verbs.ts';
import { type OptionSpec, optionShape } from './words.ts';

/** `<kind> [name...]` as people write it: `KIND [NAME…]`. */
export const operandText = (operands: string): string =>
  operands.replace(/[<[]([\w-]+)(\.\.\.)?([>\]])/g, (_, name: string, more: string | undefined, end: string) => {
    const text = `${name.toUpperCase()}${more ? '…' : ''}`;
    return end === ']' ? `[${text}]` : text;
  });

export const usageLine = (command: Command): string => {
  const program = command.programAfter === undefined ? '' : ' [--] COMMAND [ARG…]';
  const operands = operandText(command.operands);
  return `podstead ${command.name}${operands === '' ? '' : ` ${operands}`} [OPTIONS]${program}`;
};

export const optionText = (spec: OptionSpec): string => {
  const { long, short, value, placeholder } = optionShape(spec);
  const tail =
    value === 'none'
      ? ''
      : value === 'required'
        ? ` ${placeholder.toUpperCase()}`
        : spec.word
          ? ` [${placeholder.toUpperCase()}]`
          : `[=${placeholder.toUpperCase()}]`;
  return `${short === undefined ? '    ' : `-${short}, `}--${long}${tail}`;
};

export const optionHelp = (spec: OptionSpec): string => {
  const shown = typeof spec.default === 'string' || spec.default === true ? ` (default: ${String(spec.default)})` : '';
  return `${spec.help}${shown}`;
};

export function commandHelp({ summary }: Verb, command: Command): string {
  const lines = [`Usage: ${usageLine(command)}`, '', `${summary}.`];
  if (command.description) lines.push('', command.description);
  if (command.examples.length > 0) {
    lines.push('', 'Examples:', ...command.examples.flatMap(([what, words]) => [`  # ${what}`, `  ${words}`]));
  }
  const own = command.options.filter((spec) => !spec.hidden);
  const width = Math.min(34, Math.max(...allOptions(command).map((spec) => optionText(spec).length)));
  if (own.length > 0) lines.push('', 'Options:', ...own.map((spec) => optionLine(spec, width)));
  lines.push('', 'Options of every command:', ...GLOBAL_OPTIONS.map((spec) => optionLine(spec, width)));
  return `${lines.join('\n')}\n`;
}

function optionLine(spec: OptionSpec, width: number): string {
  const flags = optionText(spec);
  const gap = flags.length > width ? `\n${' '.repeat(width + 4)}` : ' '.repeat(width - flags.length + 2);
  return `  ${flags}${gap}${optionHelp(spec)}`;
}

/** All commands, or those of a word: `podstead --help`, `podstead kube --help`. */
export function overview(verbs: readonly Verb[]): string {
  const lines = ['Kubernetes YAML, running. No cluster, no root, no daemon.', '', 'Usage: podstead COMMAND [OPTIONS]'];
  const width = Math.max(...verbs.map((verb) => verb.spellings[0].length));
  for (const group of GROUPS) {
    const members = verbs.filter((verb) => verb.group === group);
    if (members.length === 0) continue;
    lines.push('', `${group}:`, ...members.map(({ spellings, summary }) => `  ${spellings[0].padEnd(width + 2)}${summary}`));
  }
  lines.push('', 'podstead COMMAND --help says more about one of them. A newcomer begins with: podstead play kube FILE');
  return `${lines.join('\n')}\n`;
}
