/** `podstead validate` */
import { appliedOver } from '../../api/apply.ts';
import { withDefaults } from '../../api/defaults.ts';
import type { Fault } from '../../api/fault.ts';
import { dropNulls } from '../../api/merge.ts';
import type { KubeObject } from '../../api/objects.ts';
import { prepareUpdate } from '../../api/update.ts';
import { validateObject, validateUpdate } from '../../api/validate.ts';
import { loadManifests } from '../../manifest/load.ts';
import { readSources } from '../../manifest/source.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { ManifestFaults } from '../faults.ts';
import type { Options } from '../options.ts';
import { printValue } from '../print.ts';

export const validate: Command = {
  name: 'validate',
  operands: '<file...>',
  description: 'Needs nothing of this machine. Exit 2 when there are faults.',
  options: [
    { flags: '-R, --recursive', help: 'directories below as well' },
    { flags: '-o, --output <format>', help: 'json or yaml: faults and the objects as they would be stored' },
    { flags: '--as <operation>', help: 'create or update', default: 'create' },
    { flags: '--live <file>', help: 'the object as it is now' },
    { flags: '--last-applied <file>', help: 'what was applied before: show what apply would make of the live object' },
    { flags: '--no-preflight', help: 'do not look at images, ports and paths of this machine' },
  ],
  examples: [
    ['every fault of a file', 'podstead validate app.yaml'],
    ['for an editor or a script', 'podstead validate app.yaml -o json'],
  ],
  async run(context, { operands, options }) {
    const format = options.choice('output', ['json', 'yaml']);
    const { objects, faults } = await judge(context, operands, options);
    if (format) {
      await printValue(context.out, { faults: faults.map(wireFault), objects }, format);
      return faults.length > 0 ? 2 : 0;
    }
    if (faults.length > 0) throw new ManifestFaults(faults);
    context.out.line(`${objects.length} ${objects.length === 1 ? 'object' : 'objects'}, no faults`);
    return 0;
  },
};

interface Verdict {
  objects: KubeObject[];
  faults: Fault[];
}

async function judge(context: Context, files: readonly string[], options: Options): Promise<Verdict> {
  const where = context.namespaceGiven ? { namespace: context.namespace } : {};
  const load = async (names: readonly string[]): Promise<Verdict> =>
    loadManifests(await readSources(names, { stdin: context.input, recursive: options.flag('recursive') }), { ...where, runnable: false });
  const update = options.choice('as', ['create', 'update']) === 'update';
  const written = await load(files);
  const liveFile = options.text('live');
  if (liveFile === undefined) return { ...written, objects: written.objects.map((object) => defaulted(object, written.faults)) };
  const [live] = (await load([liveFile])).objects;
  const [after] = written.objects;
  if (!live || !after || written.faults.length > 0) return written;
  const before = withDefaults(live);
  const merged = update
    ? prepareUpdate(before, withDefaults(after))
    : appliedOver(before, after, await lastApplied(load, options.text('last-applied')));
  return { objects: [merged], faults: [...validateObject(merged), ...validateUpdate(before, merged)] };
}

async function lastApplied(
  load: (names: readonly string[]) => Promise<Verdict>,
  file: string | undefined,
): Promise<KubeObject | undefined> {
  if (file === undefined) return undefined;
  const [object] = (await load([file])).objects;
  return object && dropNulls(object);
}

const defaulted = (object: KubeObject, faults: readonly Fault[]): KubeObject => (faults.length > 0 ? object : withDefaults(object));

/** As other programs read it. */
const wireFault = ({ reason, field, message, position }: Fault) => ({
  file: position?.file,
  line: position?.line,
  column: position?.column,
  path: field,
  reason,
  message,
  hint: /did you mean ([^)?]+)\?/.exec(message)?.[1],
});
