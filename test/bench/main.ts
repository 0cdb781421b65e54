/**
 * Times podstead next to podman and to the raw floor, interleaved, and prints a table of medians and ratios. Nothing is asserted.
 *   node test/bench/main.ts [--rounds N] [--only NAME]     PODMAN=command: the other side; without one, only the floor
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ScratchHome, scratchHome, testUser } from '../live/harness.ts';
import { busyboxContext } from '../live/images.ts';
import { Floor } from './floor.ts';
import { type Manifest, manifests } from './manifests.ts';
import { measures, partsFor } from './measures.ts';
import { Podman } from './podman.ts';
import { Podstead } from './podstead.ts';
import { type Samples, table } from './report.ts';
import type { Side } from './side.ts';

const root = resolve(import.meta.dirname, '../..');
const say = (text: string) => process.stderr.write(`${text}\n`);

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, only: { type: 'string' } } });
const rounds = Number(options.rounds);
const { only } = options;
if (!(rounds > 0)) throw new Error(`--rounds ${options.rounds}: how many?`);
if (only !== undefined && !measures.some(({ name }) => name === only))
  throw new Error(`--only ${only}: there are ${measures.map(({ name }) => name).join(', ')}`);

/** What PODMAN says; else, where it is and only root can use it, the strongest podman that is at hand. */
function podmanCommand(): string[] | undefined {
  const given = process.env['PODMAN'];
  if (given !== undefined) return given === '' ? undefined : given.split(' ').map((word) => (word.includes('/') ? resolve(word) : word));
  const peer = resolve(root, '../shared/peer/podman');
  return process.getuid?.() === 0 && existsSync(peer) ? [peer, 'run', 'podman'] : undefined;
}

/** The tree is copied for a user that may not read ours. */
function readableTree(home: ScratchHome): string {
  if (home.user.uid === process.getuid?.()) return root;
  const tree = join(home.dir, 'tree');
  const nodes = readdirSync(join(root, 'node_modules')).filter((name) => name.startsWith('node-linux-'));
  for (const part of ['bin', 'dist', 'package.json', ...nodes.map((name) => `node_modules/${name}`)])
    cpSync(join(root, part), join(tree, part), { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', tree]);
  return tree;
}

/** What is to be disposed of comes last in, first out. */
async function openSides(home: ScratchHome, closing: AsyncDisposableStack): Promise<Side[]> {
  const work = join(home.dir, 'bench');
  mkdirSync(work, { mode: 0o755 });
  const file = (manifest: Manifest) => join(work, `${manifest}.yaml`);
  for (const [name, text] of Object.entries(manifests)) writeFileSync(file(name as Manifest), text);
  const { directory: context, dispose } = await busyboxContext();
  closing.defer(dispose);
  const output = (name: string) => join(work, `${name}.out`);
  const floor = join(work, 'floor');
  mkdirSync(floor);
  if (process.getuid?.() === 0) execFileSync('chown', [`${home.user.uid}`, floor]);
  const sides: Side[] = [];
  const add = <T extends Side>(side: T) => {
    closing.defer(() => side.close());
    sides.push(side);
  };
  add(await Podstead.start({ home, tree: readableTree(home), context, output: output('podstead'), file }));
  const podman = podmanCommand();
  if (podman) add(await Podman.start({ command: podman, context, output: output('podman'), file }));
  else say('bench: no podman to compare with: PODMAN names a command');
  add(await Floor.start({ home, rootfs: join(context, 'rootfs'), directory: floor, output: output('floor'), node: process.execPath }));
  return sides;
}

async function measure(sides: readonly Side[]): Promise<Samples> {
  const samples: Samples = {};
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}`);
    for (const part of partsFor(only)) {
      for (const side of sides)
        await part.run(side, (name, value) => {
          samples[name] ??= {};
          samples[name][side.name] ??= [];
          samples[name][side.name]?.push(Math.round(value * 100) / 100);
        });
    }
  }
  return samples;
}

async function main(): Promise<void> {
  await using closing = new AsyncDisposableStack();
  const home = closing.use(scratchHome(testUser()));
  const sides = await openSides(home, closing);
  const samples = await measure(sides);
  const versions: Record<string, string> = {};
  for (const side of sides) Object.assign(versions, await side.versions());
  const machine = {
    kernel: release(),
    processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: /^PRETTY_NAME="(.*)"$/m.exec(execFileSync('cat', ['/etc/os-release'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
  };
  const shown = only === undefined ? measures : measures.filter(({ name }) => name === only);
  const text = table(shown, samples);
  process.stdout.write(`${text}\n`);
  if (only !== undefined) return;
  const directory = join(root, 'docs/bench');
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'samples.json'),
    `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), rounds, machine, versions, samples }, undefined, 1)}\n`,
  );
  writeFileSync(join(directory, 'table.md'), `${text}\n`);
}

/** The first failure first: what went wrong in clearing up after it comes behind. */
const causes = (error: unknown): unknown[] =>
  error instanceof SuppressedError ? [...causes(error.suppressed), ...causes(error.error)] : [error];

await main().catch((error: unknown) => {
  for (const cause of causes(error)) say(cause instanceof Error ? `bench: ${cause.stack ?? cause.message}` : `bench: ${String(cause)}`);
  process.exitCode = 1;
});
