/** The OCI runtime as the engine calls it: what is needed to run something in a container. */
import type { Paths } from '../host/paths.ts';
import { requireTool, type Tools } from '../host/tools.ts';
import type { RuntimeLayout } from '../runtime/commands.ts';

export const runtimeOf = (paths: Paths, tools: Tools): RuntimeLayout => ({
  runtime: tools.crun === undefined ? requireTool(tools, 'runc') : paths.crun,
  root: paths.crunRoot,
  cgroupManager: 'disabled',
  conmon: 'conmon',
  exits: paths.exits,
  sockets: paths.conmonSockets,
  exitCommand: ['true'],
});
