/** Command lines of a listener. Pure. */
import type { Forward } from './port-plan.ts';
import { formatHostPort } from './published.ts';

export interface ListenerTools {
  sh: string;
  nsenter: string;
  /** systemd-socket-activate and systemd-socket-proxyd: spliced, as fast as the bridge. */
  socketActivate?: string | undefined;
  socketProxyd?: string | undefined;
  /** The second choice: one process more for each connection. */
  socat?: string | undefined;
}

const socatWord = (text: string): string => text.replace(/[\\,!:"' ]/g, '\\$&');

/**
 * The socket is opened here, in the host's network, and handed to a proxy in the node's network, which can dial pods.
 * undefined when no tool for it is installed.
 */
export const listenerArgv = (forward: Forward, nodeNamespace: string, tools: ListenerTools): [string, ...string[]] | undefined => {
  const target = `${forward.address}:${forward.containerPort}`;
  if (tools.socketActivate && tools.socketProxyd) {
    const proxy = [tools.nsenter, `--net=${nodeNamespace}`, tools.socketProxyd, '--connections-max=65535', target];
    // the proxy's stderr (a line for each connection refused) goes nowhere, the listener's own tells why it could not listen
    return [tools.socketActivate, '-l', formatHostPort(forward), tools.sh, '-c', 'exec "$@" 2>/dev/null', 'proxy', ...proxy];
  }
  if (!tools.socat) return undefined;
  const listen = `TCP${forward.hostIp.includes(':') ? 6 : 4}-LISTEN:${forward.hostPort},bind=${socatBind(forward.hostIp)},reuseaddr,fork,backlog=4096`;
  return [tools.socat, listen, `EXEC:${socatWord(`${tools.nsenter} --net=${nodeNamespace} ${tools.socat} STDIO TCP4:${target}`)}`];
};

const socatBind = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip);

/**
 * Runs a listener in the foreground. $1 its file without suffix, $2 the engine's FIFO, then the command.
 * `.new` holds "PID START" as long as nobody has seen it listen; the engine renames it to `.up`, and only the end of such a one wakes
 * the engine. `.err` gets what it complains of. Limits are never raised above the hard one.
 */
const SCRIPT = `file=$1 fifo=$2; shift 2
ulimit -S -n "$(ulimit -H -n)"
sh -c 'started() { start=\${22}; }
read -r stat </proc/$$/stat && started $stat
set -C; echo "$$ $start" 2>/dev/null >"$1" || exit 1
shift; exec "$@"' listener "$file.new" "$@" </dev/null >/dev/null 2>"$file.err"
if [ -e "$file.up" ] && [ -p "$fifo" ]; then echo port 1<>"$fifo"; fi`;

export const supervisedArgv = (file: string, fifo: string, command: readonly string[], sh: string): [string, ...string[]] => [
  sh,
  '-c',
  SCRIPT,
  'port',
  file,
  fifo,
  ...command,
];
