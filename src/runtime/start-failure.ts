/** Why a container could not be made or started: conmon's and the runtime's words as a reason that Kubernetes has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StartFailureReport {
  /** What the container's terminated state says; its exit code is 128. */
  reason: 'StartError';
  exitCode: 128;
  message: string;
  /** The command is not in the image or cannot be executed: trying again does not help. */
  permanent: boolean;
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
};

/** conmon's answer is JSON, `{"data": -1, "message": "…"}`; anything else is its own text. */
export function failureText(failure: string, err: string): string {
  let said = '';
  try {
    const answer: unknown = JSON.parse(failure);
    const message: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'message') : undefined;
    if (typeof message === 'string') said = message;
  } catch {
    said = failure;
  }
  const lines = [said, said.trim() === '' ? err : '']
    .flatMap((text) => text.split('\n'))
    // warnings of the runtime and of conmon about itself are not why it failed
    .filter((line) => line.trim() !== '' && !/^\[conmon:[di]\]|unknown seccomp syscall/.test(line));
  return lines.join('\n').trim();
}

const NOT_THERE = /executable file .*not found|No such file or directory|not found in \$PATH/i;
const NOT_EXECUTABLE = /permission denied|not permitted|exec format error/i;

/** Pure. `command`: what was to run, for messages that name only errno. */
export function startFailure(text: string, command: string): StartFailureReport {
  const said = text === '' ? 'the runtime ended without a word' : text;
  const about = /exec/i.test(said) || said.includes(command);
  const permanent = about && (NOT_THERE.test(said) || NOT_EXECUTABLE.test(said));
  const message = `failed to create container: unable to start container process: ${said}`;
  return { reason: 'StartError', exitCode: 128, message, permanent };
}

/** From the files that the start job leaves in the bundle. */
export const readStartFailure = (bundle: string, command: string): StartFailureReport =>
  startFailure(failureText(read(join(bundle, 'failure')), read(join(bundle, 'err'))), command);
