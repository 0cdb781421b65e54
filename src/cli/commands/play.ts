/** `podstead play kube` */
import { PodsteadError } from '../../api/errors.ts';
import type { KubeObject } from '../../api/objects.ts';
import type { Command, Given } from '../command.ts';
import type { Context } from '../context.ts';
import { egressNotice } from '../egress-notice.ts';
import { ManifestFaults } from '../faults.ts';
import { joinManifests, loadManifest, type Manifest } from '../manifest-objects.ts';
import { notices } from '../notices.ts';
import type { Options } from '../options.ts';
import { addressLines, resultLines } from '../play-text.ts';
import { withPublished } from '../publish.ts';
import { runPlay } from '../run-play.ts';

const DEFAULT_TIMEOUT_MS = 300_000;

export const play: Command = {
  name: 'play kube',
  operands: '<file...>',
  description:
    'FILE is a file, a directory, a URL, or - for standard input. Playing the same file again changes nothing; a play that fails is undone.',
  options: [
    { flags: '--replace', help: 'end the pods of these objects first, and start them anew' },
    { flags: '--start', help: 'start the pods; false: only store the objects', default: true },
    { flags: '--configmap <file>', help: 'ConfigMaps from another file', many: true },
    { flags: '--publish <[ip:]hostport:containerport>', help: 'open a port on this machine', many: true },
    { flags: '-w, --wait', help: 'stay until the pods end; Ctrl-C takes everything down' },
    { flags: '-q, --quiet', help: 'no progress, no notices, no addresses' },
    { flags: '--dry-run [client|server|none]', help: 'only say what would be done', bare: 'server', default: 'none' },
    { flags: '--timeout <duration>', help: 'undo everything if it has not started by then', default: '5m' },
    { flags: '--build', help: 'build images from directories with their names (false: never)' },
    { flags: '--context-dir <directory>', help: 'with --build: where those directories are' },
    { flags: '--down', help: 'take down instead: the same as podstead kube down' },
    { flags: '--force', help: 'with --down: also remove claims and their data' },
    { flags: '-R, --recursive', help: 'directories below as well' },
    { flags: '-o, --output <format>', help: 'json: the finished play' },
    { flags: '--no-trunc', help: 'taken and not needed', hidden: true },
  ],
  examples: [
    ['run a file', 'podstead play kube app.yaml'],
    ['with a port of this machine', 'podstead play kube app.yaml --publish 8080:80'],
    ['in the foreground', 'podstead play kube app.yaml --wait'],
    ['build the images first', 'podstead play kube app.yaml --build --context-dir images'],
    ['take it down again', 'podstead kube down app.yaml'],
  ],
  async run(context, given) {
    const { options, operands } = given;
    if (options.flag('down')) {
      const { takeDown } = await import('../take-down.ts');
      return takeDown(context, operands, options);
    }
    if (options.flag('force')) throw new PodsteadError('USAGE', '--force goes with --down');
    const manifest = await readManifest(context, given);
    const objects = withPublished(manifest.objects, options.list('publish'));
    if (!options.flag('quiet')) for (const line of notices(objects)) context.err.line(line);
    const dry = options.choice('dry-run', ['client', 'server', 'none']) ?? 'none';
    if (dry !== 'none') {
      const { checkBefore } = await import('../check-before.ts');
      await checkBefore(context, { ...manifest, objects });
      const { applyObjects } = await import('../apply-objects.ts');
      return applyObjects(context, objects, { dryRun: dry, format: { as: 'table', wide: false } });
    }
    const whole = { ...manifest, objects, built: await buildIfWanted(context, objects, options) };
    await checkPorts(context, { ...manifest, objects });
    if (options.flag('wait')) return foreground(context, whole, options);
    await playObjects(context, whole, options);
    return 0;
  },
};

async function readManifest(context: Context, { operands, options }: Given): Promise<Manifest> {
  const manifest = await loadManifest(context, operands, options.flag('recursive'));
  const files = options.list('configmap');
  if (files.length === 0) return manifest;
  const maps = await loadManifest(context, files, false);
  const at = maps.objects.findIndex((object) => object.kind !== 'ConfigMap');
  if (at < 0) return joinManifests(maps, manifest);
  const position = maps.position(at, 'kind');
  const message = `--configmap takes only ConfigMaps, and this is a ${maps.objects[at]?.kind}`;
  throw new ManifestFaults([{ reason: 'FieldValueInvalid', field: 'kind', message, ...(position ? { position } : {}) }]);
}

/** The ids of images that were built, which need not be pulled whatever their policy. */
async function buildIfWanted(context: Context, objects: readonly KubeObject[], options: Options): Promise<string[]> {
  if (options.flag('build')) {
    const { buildImages } = await import('../build-images.ts');
    return buildImages(context, objects, options);
  }
  if (options.has('context-dir')) throw new PodsteadError('USAGE', '--context-dir goes with --build');
  return [];
}

/** The engine does the same for everything; but who holds a port only we can see: it is in a user namespace of its own. */
async function checkPorts(context: Context, manifest: Manifest): Promise<void> {
  if (addressLines(manifest.objects).length === 0) return;
  const { checkBefore } = await import('../check-before.ts');
  await checkBefore(context, manifest);
}

interface Wanted extends Manifest {
  readonly built: readonly string[];
}

async function playObjects(context: Context, { objects, position, built }: Wanted, options: Options): Promise<void> {
  const { inOrder } = await import('../../manifest/order.ts');
  const ordered = inOrder(objects);
  const quiet = options.flag('quiet');
  const timeoutMs = options.duration('timeout') ?? DEFAULT_TIMEOUT_MS;
  if (timeoutMs <= 0) throw new PodsteadError('USAGE', '--timeout: a play must be given some time', { remedy: 'for example --timeout 1m' });
  const spec = {
    mode: 'play' as const,
    objects: ordered,
    timeoutSeconds: Math.max(1, Math.ceil(timeoutMs / 1000)),
    ...(options.flag('replace') ? { replace: true } : {}),
    ...(options.flag('start') ? {} : { start: false }),
    ...(built.length > 0 ? { built } : {}),
  };
  const place = (index: number, field: string) => {
    const object = ordered[index];
    return object && position(objects.indexOf(object), field);
  };
  const done = await runPlay(context, spec, quiet, place);
  if (options.choice('output', ['json'])) context.out.data(`${JSON.stringify(done, undefined, 4)}\n`);
  else for (const line of resultLines(done)) context.out.line(line);
  if (quiet || !options.flag('start')) return;
  for (const line of [...addressLines(objects), ...(await egressNotice(context, objects))]) context.err.line(line);
}

/** A signal during the play undoes it, a later one takes everything down. */
async function foreground(context: Context, manifest: Wanted, options: Options): Promise<number> {
  const { stayUntilEnd } = await import('../foreground.ts');
  const stop = new AbortController();
  const release = context.onInterrupt(() => stop.abort());
  try {
    await playObjects(context, manifest, options);
    return await stayUntilEnd(context, manifest.objects, options.flag('quiet'), stop.signal);
  } finally {
    release();
  }
}
