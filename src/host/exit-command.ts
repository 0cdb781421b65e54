/** What conmon runs when its container has ended: it wakes the engine, and starts a holder when none lives. Only builtins, 1 ms. */
import type { Paths } from './paths.ts';

/**
 * $1 run directory, $2 container id. First the holder: with the FIFO full and nobody to read it the line would block. `<>` makes no
 * FIFO where there is none, but a file: hence the test. conmon waits for us, so a new holder must not hold its pipes.
 */
export const EXIT_SCRIPT = `cd /
living() { read -r pid start <"$1/holder.pid" && read -r stat <"/proc/$pid/stat" && set -- \${stat##*) } && [ "\${20}" = "$start" ] && [ "$1" != Z ]; }
if ! living "$1" 2>/dev/null && [ -r "$1/holder.env" ]; then
  (. "$1/holder.env"; exec setsid "$PD_SH" "$PD_SCRIPTS/holder.sh") </dev/null >/dev/null 2>&1 &
fi
if [ -p "$1/wake" ]; then echo "$2" 1<>"$1/wake"; fi`;

/** For `--exit-command` and one `--exit-command-arg` each. */
export const exitCommandArgv = (paths: Pick<Paths, 'run'>, id: string, sh: string): [string, ...string[]] => [
  sh,
  '-c',
  EXIT_SCRIPT,
  'exit',
  paths.run,
  id,
];
