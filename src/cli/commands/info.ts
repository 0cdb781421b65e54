/** `podstead info` */
import { arch, cpus, hostname, release, totalmem, userInfo } from 'node:os';
import { supportedKinds } from '../../api/kinds.ts';
import type { Pod } from '../../api/objects.ts';
import { isStopped, readHolder } from '../../host/boot.ts';
import { findTools, programName, toolNames } from '../../host/tools.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { listPods, podKind } from '../find-pods.ts';
import { printValue } from '../print.ts';
import { KUBERNETES, VERSION } from './version.ts';

export const info: Command = {
  name: 'info',
  operands: '',
  options: [{ flags: '-o, --output <format>', help: 'json or yaml', default: 'yaml' }],
  examples: [['as JSON', 'podstead info -o json']],
  async run(context, { options }) {
    await printValue(context.out, await describe(context), options.choice('output', ['json', 'yaml']) ?? 'yaml');
    return 0;
  },
};

async function describe(context: Context) {
  const paths = await context.world.paths();
  const tools = findTools(context.env);
  const pods = await listPods(await context.world.reader([podKind]), undefined);
  const holder = readHolder(paths);
  return {
    version: { podstead: VERSION, kubernetes: KUBERNETES, node: process.version },
    host: {
      name: hostname(),
      kernel: release(),
      arch: arch(),
      cpus: cpus().length,
      memory: totalmem(),
      user: userInfo().username,
      uid: paths.uid,
    },
    running: { holder: holder?.pid ?? null, stopped: pods.length > 0 && isStopped(paths) },
    pods: { all: pods.length, ...countPhases(pods) },
    images: (await context.world.images()).list().length,
    paths: {
      data: paths.data,
      run: paths.run,
      state: paths.state,
      config: paths.config,
      store: paths.store,
      images: paths.images,
      log: paths.engineLog,
      socket: paths.socket,
    },
    tools: Object.fromEntries(toolNames.map((name) => [programName(name), tools[name] ?? null])),
    kinds: supportedKinds.map((kind) => kind.kind),
  };
}

function countPhases(pods: readonly Pod[]): Record<string, number> {
  const groups = Map.groupBy(pods, (pod) => (pod.status?.phase ?? 'Pending').toLowerCase());
  return Object.fromEntries([...groups].map(([phase, members]) => [phase, members.length]));
}
