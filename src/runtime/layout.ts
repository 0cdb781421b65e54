/** The OCI runtime and conmon as they are called on this machine. */
import { exitCommandArgv } from '../host/exit-command.ts';
import type { Paths } from '../host/paths.ts';
import { requireTool, type Tools } from '../host/tools.ts';
import type { RuntimeLayout } from './commands.ts';

/** Throws TOOL_MISSING. */
export function runtimeLayout(paths: Paths, tools: Tools): RuntimeLayout {
  const exit = exitCommandArgv(paths, '', requireTool(tools, 'sh'));
  const [command, ...args] = exit.slice(0, -1);
  return {
    runtime: tools.crun === undefined ? requireTool(tools, 'runc') : paths.crun,
    root: paths.crunRoot,
    cgroupManager: 'disabled',
    conmon: requireTool(tools, 'conmon'),
    exits: paths.exits,
    sockets: paths.conmonSockets,
    exitCommand: [command ?? 'true', ...args],
  };
}
