/** What stands between an error and the person at the terminal. Pure. */
import { PodsteadError } from '../api/errors.ts';
import { type Fault, formatFault } from '../api/fault.ts';
import { manyLines, oneLine } from './escape.ts';

/** A manifest with faults: nothing was touched. */
export class ManifestFaults extends PodsteadError {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super('INVALID_MANIFEST', `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}, nothing was changed`);
    this.faults = faults;
  }
}

/** Ends a command with this code when everything was said already. */
export class SilentExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export const exitCodeOf = (error: unknown): number => {
  if (error instanceof SilentExit) return error.exitCode;
  return error instanceof PodsteadError && (error.code === 'USAGE' || error.code === 'INVALID_MANIFEST') ? 2 : 1;
};

/** Lines for standard error. A stack only with `debug`. */
export function describeError(error: unknown, debug: boolean): string[] {
  if (error instanceof SilentExit) return [];
  const lines = error instanceof ManifestFaults ? error.faults.map((fault) => oneLine(formatFault(fault))) : [];
  if (error instanceof PodsteadError) {
    lines.push(`podstead: ${indented(error.message)}`, ...causes(error));
    if (error.remedy !== undefined) lines.push(`  fix: ${indented(error.remedy)}`);
  } else {
    lines.push(`podstead: this should not happen: ${indented(messageOf(error))}`, ...causes(error));
    if (!debug) lines.push('  fix: run it again with --debug and report what it says');
  }
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(manyLines(error.stack, false));
  return lines;
}

/** Later lines under the first. */
const indented = (text: string): string => manyLines(text.trimEnd(), false).replaceAll('\n', '\n  ');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Each cause that says something new. */
function causes(error: unknown): string[] {
  const lines: string[] = [];
  const said = [messageOf(error)];
  let cause: unknown = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < 8; depth++) {
    const text = messageOf(cause);
    if (!said.some((earlier) => earlier.includes(text))) lines.push(`  cause: ${indented(text)}`);
    said.push(text);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}
