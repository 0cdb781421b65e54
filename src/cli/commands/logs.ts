/** `podstead logs` */
import { PodsteadError } from '../../api/errors.ts';
import type { Pod } from '../../api/objects.ts';
import { alive } from '../../host/process.ts';
import type { ContainerRecord } from '../../kubelet/record.ts';
import type { LogEntry } from '../../runtime/log-line.ts';
import { logOutput } from '../../runtime/log-output.ts';
import { followLog, readLog } from '../../runtime/logs.ts';
import type { Command, Given } from '../command.ts';
import type { Context } from '../context.ts';
import { findPods, listPods, podKind } from '../find-pods.ts';
import { type LogSource, logSource, wantedContainers } from '../log-sources.ts';
import { LogWriter } from '../log-writer.ts';
import { pickPod } from '../names.ts';
import type { Options } from '../options.ts';
import { selectObjects } from '../selection.ts';

export const logs: Command = {
  name: 'logs',
  operands: '[name] [container]',
  description: 'NAME is a pod, POD-CONTAINER, or KIND/NAME, of which one pod is chosen. Both output streams come in the order of writing.',
  options: [
    { flags: '-f, --follow', help: 'go on until the container ends' },
    { flags: '-c, --container <name>', help: 'which container' },
    { flags: '--all-containers', help: 'of all containers of the pod' },
    { flags: '-p, --previous', help: 'of the run before the present one' },
    {
      flags: '-l, --selector [labels]',
      help: 'of all pods with these labels; without a value: of the container made last',
      bare: '',
      word: true,
    },
    { flags: '--tail <n>', help: 'only the last lines (-1: all; with -l LABELS 10)' },
    { flags: '--since <duration>', help: 'only of the last 5s, 2m, 3h' },
    { flags: '--since-time <time>', help: 'only from then on (RFC 3339)' },
    { flags: '-t, --timestamps', help: 'begin each line with its time' },
    { flags: '--prefix', help: 'begin each line with pod and container' },
    { flags: '--limit-bytes <n>', help: 'end after so many bytes of each container' },
    { flags: '--max-log-requests <n>', help: 'taken and not needed', hidden: true },
    { flags: '--ignore-errors', help: 'taken and not needed', hidden: true },
  ],
  examples: [
    ['the container of a pod', 'podstead logs web'],
    ['follow one of several', 'podstead logs -f web -c sidecar'],
    ['what it wrote before it crashed', 'podstead logs web --previous'],
    ['all of an application', 'podstead logs -l app=web --all-containers --prefix'],
  ],
  run: (context, given) => showLogs(context, given, given.options.flag('all-containers')),
};

/** podman's: all containers of the pod, unless one is chosen. */
export const podLogs: Command = {
  ...logs,
  name: 'pod logs',
  run: (context, given) => showLogs(context, given, !given.options.has('container') && given.operands.length < 2),
};

async function showLogs(context: Context, given: Given, all: boolean): Promise<number> {
  const { options } = given;
  const { pods, container } = await wantedPods(context, given);
  const records = await context.world.containers();
  const sources: LogSource[] = [];
  for (const pod of pods) {
    const { names, note } = wantedContainers(pod, { container, all });
    if (note !== undefined) context.err.line(note);
    for (const name of names) sources.push(...found(pod, name, records, options.flag('previous'), all || pods.length > 1));
  }
  const how = logWishes(options, context.now());
  const writer = new LogWriter(context.out);
  if (!options.flag('follow')) for (const source of sources) await write(writer, source, readLog(source.record.logPath, how), options);
  else
    await Promise.all(
      sources.map((source) =>
        write(writer, source, followLog(source.record.logPath, { ...how, over: () => isOver(source.record) }), options),
      ),
    );
  await writer.flush();
  return 0;
}

/** Of several containers those that never ran have no log, which is no error. */
function found(pod: Pod, name: string, records: readonly ContainerRecord[], previous: boolean, several: boolean): LogSource[] {
  try {
    return [logSource(pod, name, records, previous)];
  } catch (error) {
    if (several && error instanceof PodsteadError) return [];
    throw error;
  }
}

/** conmon outlives its container until it has written everything. */
const isOver = (record: ContainerRecord): boolean =>
  record.state === 'exited' || !((record.process && alive(record.process)) || (record.conmon && alive(record.conmon)));

async function wantedPods(context: Context, { operands, options }: Given): Promise<{ pods: Pod[]; container: string | undefined }> {
  const [word, second] = operands;
  const chosen = options.text('container') ?? second;
  const selector = options.text('selector');
  const reader = await context.world.reader([podKind]);
  if (selector === undefined || word !== undefined) {
    if (selector !== undefined) throw new PodsteadError('USAGE', 'either a name or -l, not both');
    if (word === undefined) throw new PodsteadError('USAGE', 'say whose logs: a pod, POD-CONTAINER, KIND/NAME or -l LABELS');
    const { pods, container } = await findPods(reader, context.namespace, word);
    const pod = pickPod(pods);
    if (pods.length > 1) context.err.line(`Found ${pods.length} pods, using pod/${pod?.metadata.name}`);
    return { pods: pod ? [pod] : [], container: chosen ?? container };
  }
  const pods = await listPods(reader, context.namespace);
  if (selector === '') {
    const newest = pods.toSorted(
      (a, b) => Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? ''),
    )[0];
    if (!newest) throw new PodsteadError('NOT_FOUND', `there are no pods in namespace ${context.namespace}`);
    return { pods: [newest], container: chosen };
  }
  const matching = selectObjects(pods as unknown as Parameters<typeof selectObjects>[0], selector) as unknown as Pod[];
  if (matching.length === 0) context.err.line(`No resources found in ${context.namespace} namespace.`);
  return { pods: matching, container: chosen };
}

function logWishes(options: Options, now: Date): { tail?: number; sinceTime?: string } {
  const since = options.duration('since');
  const time = options.text('since-time');
  if (since !== undefined && time !== undefined) throw new PodsteadError('USAGE', 'either --since or --since-time, not both');
  if (time !== undefined && Number.isNaN(Date.parse(time))) {
    throw new PodsteadError('USAGE', `--since-time: ${JSON.stringify(time)} is not a time`, { remedy: 'for example 2026-01-31T12:00:00Z' });
  }
  const tail = options.text('tail') === 'all' ? -1 : (options.count('tail', { min: -1 }) ?? (options.text('selector') ? 10 : -1));
  const from = since === undefined || since === 0 ? time : new Date(now.getTime() - since).toISOString();
  return { ...(tail < 0 ? {} : { tail }), ...(from === undefined ? {} : { sinceTime: from }) };
}

async function write(writer: LogWriter, source: LogSource, entries: AsyncIterable<LogEntry>, options: Options): Promise<void> {
  const limit = options.count('limit-bytes', { min: 1 });
  const output = logOutput(entries, {
    timestamps: options.flag('timestamps'),
    ...(options.flag('prefix') ? { prefix: `[pod/${source.pod}/${source.container}] ` } : {}),
    ...(limit === undefined ? {} : { limitBytes: limit }),
  });
  for await (const bytes of output) await writer.add(source, bytes);
}
