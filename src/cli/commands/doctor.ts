/** `podstead doctor` */
import { diagnose, type Finding } from '../../host/doctor.ts';
import { hostFacts } from '../../host/doctor-facts.ts';
import { findTools } from '../../host/tools.ts';
import type { Command } from '../command.ts';
import { printValue } from '../print.ts';
import type { Terminal } from '../terminal.ts';

export const doctor: Command = {
  name: 'doctor',
  operands: '',
  description: 'Exit 1 when something is missing without which no pod can run.',
  options: [{ flags: '-o, --output <format>', help: 'json or yaml' }],
  examples: [
    ['what to install', 'podstead doctor'],
    ['for a script', 'podstead doctor -o json'],
  ],
  async run(context, { options }) {
    const format = options.choice('output', ['json', 'yaml']);
    const findings = diagnose(await hostFacts(context.env, process.getuid?.() ?? 0, findTools(context.env)));
    if (format) await printValue(context.out, { findings }, format);
    else for (const line of findings.flatMap((finding) => describe(finding, context.out))) context.out.line(line);
    return findings.some((finding) => finding.level === 'missing') ? 1 : 0;
  },
};

const COLOURS = { ok: 32, limited: 33, missing: 31 } as const;

function describe({ name, level, message, cost, fix }: Finding, { colour }: Terminal): string[] {
  const mark = level.padEnd(7);
  const shown = colour ? `\u001b[${COLOURS[level]}m${mark}\u001b[0m` : mark;
  return [
    `${shown}  ${name}: ${message}`,
    ...(cost === undefined ? [] : [`         so: ${cost}`]),
    ...(fix === undefined ? [] : [`         fix: ${fix}`]),
  ];
}
