/** An engine is killed after each of its transactions in turn; the next one goes on. In the end a play is done or undone, never half. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { KubeObject, PlaySpec, PlayStatus } from '../../src/api/objects.ts';
import type { PlayRunner } from '../../src/engine/play.ts';
import {
  cancel,
  claim,
  configMap,
  content,
  deployment,
  type Machine,
  machine,
  namespace,
  playOf,
  pod,
  runnerOf,
  settle,
  submit,
} from './play/world.ts';

interface Story {
  name: string;
  given: KubeObject[];
  /** Those of `given` are held. */
  held?: boolean;
  play: Partial<PlaySpec>;
  /** Called off when it has come to rest. */
  cancel?: boolean;
  want: PlayStatus['phase'];
}

const withData = (image = 'good:1') => pod('a', image, {}, { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] });
const old = [configMap('m', { a: '1' }), claim('data'), withData(), deployment('web')];
const still = [configMap('m', { a: '1' }), pod('a'), deployment('web')];
const next = [
  namespace('new'),
  configMap('m', { b: '2' }, 'new'),
  configMap('m', { b: '2' }),
  withData('good:2'),
  deployment('web', 'good:2'),
];

const STORIES: Story[] = [
  { name: 'all is well', given: old, play: { objects: next }, want: 'Succeeded' },
  { name: 'a pod fails', given: old, play: { objects: [...next, claim('more'), pod('b', 'bad:1')] }, want: 'Failed' },
  { name: 'a Deployment fails', given: old, play: { objects: [...next.slice(0, 4), deployment('web', 'bad:1', 3)] }, want: 'Failed' },
  { name: 'it takes too long', given: old, play: { objects: [...next, pod('b', 'slow:1')] }, want: 'Failed' },
  { name: 'it is cancelled', given: old, play: { objects: [...next, pod('b', 'slow:1')] }, cancel: true, want: 'Undone' },
  { name: 'replacing', given: old, play: { objects: next, replace: true }, want: 'Succeeded' },
  {
    name: 'replacing fails',
    given: old,
    play: { objects: [withData('bad:1'), deployment('web', 'good:2')], replace: true },
    want: 'Failed',
  },
  { name: 'letting go fails', given: still, held: true, play: { objects: [...still, pod('b', 'bad:1')] }, want: 'Failed' },
  { name: 'taking down', given: old, play: { mode: 'down', objects: old }, want: 'Succeeded' },
  { name: 'taking down with force', given: old, play: { mode: 'down', objects: old, force: true }, want: 'Succeeded' },
];

class Killed extends Error {}

/** Lets so many transactions change something, then none any more. Answers how many there were. */
function mortal(m: Machine, transactions: number): () => number {
  let depth = 0;
  let count = 0;
  const guarded =
    (real: Machine['store']['transaction']): Machine['store']['transaction'] =>
    (fn, options) => {
      if (count >= transactions) throw new Killed('dead');
      const before = m.store.resourceVersion();
      depth++;
      try {
        return real.call(m.store, fn, options) as ReturnType<typeof fn>;
      } finally {
        depth--;
        if (depth === 0 && m.store.resourceVersion() !== before) count++;
      }
    };
  m.store.transaction = guarded(m.store.transaction);
  return () => count;
}

/** Everything that there is to happen, happens; time passes when nothing else does. */
async function live(m: Machine, runner: PlayRunner, story: Story): Promise<void> {
  for (let patience = 0; patience < 5; patience++) {
    await settle(m, runner);
    const { phase } = playOf(m).status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed' || phase === 'Undone') return;
    if (story.cancel && playOf(m).spec.cancel !== true) cancel(m);
    else m.clock.at += 301_000;
    runner.touch();
  }
  throw new Error(`it never ends: ${JSON.stringify(playOf(m).status)}`);
}

interface Scene {
  story: Story;
  file: string;
  alive: ReadonlySet<string>;
  data: ReadonlySet<string>;
  before: unknown;
}

/** What is there before the play, in a file that no engine uses. */
async function prepare(file: string, story: Story): Promise<Scene> {
  const m = machine(file);
  const runner = runnerOf(m);
  submit(m, { objects: story.given, ...(story.held ? { start: false } : {}) }, 'given');
  await settle(m, runner);
  await runner.close();
  const before = content(m);
  submit(m, story.play);
  m.store.close();
  return { story, file, alive: m.alive, data: m.data, before };
}

interface End {
  content: unknown;
  status: PlayStatus | undefined;
  errors: unknown[];
  /** Transactions in all. */
  used: number;
}

/** Kills the engine after so many transactions, and the next one, and so on; then lets one live. */
async function tell({ story, ...scene }: Scene, file: string, kills: readonly number[]): Promise<End> {
  copyFileSync(scene.file, file);
  let m = machine(file, { alive: new Set(scene.alive), data: new Set(scene.data) });
  let used = 0;
  for (const transactions of [...kills, Number.POSITIVE_INFINITY]) {
    const count = mortal(m, transactions);
    const runner = runnerOf(m);
    try {
      await live(m, runner, story);
    } catch (error) {
      if (count() < transactions) throw error;
    }
    await runner.close();
    used += count();
    if (transactions === Number.POSITIVE_INFINITY) break;
    m.store.close();
    m = machine(file, m);
  }
  const { status } = playOf(m);
  const end = { content: content(m), status, errors: m.errors, used };
  m.store.close();
  return end;
}

describe('a play whose engine is killed', () => {
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'p-'));
  let files = 0;
  const file = () => join(dir, `${files++}.db`);
  after(() => rmSync(dir, { recursive: true }));

  const check = ({ story, before }: Scene, end: End, whole: End) => {
    assert.equal(end.status?.phase, story.want, end.status?.message ?? '');
    assert.deepEqual(end.content, story.want === 'Succeeded' ? whole.content : before);
    assert.deepEqual(end.errors, []);
  };

  for (const story of STORIES) {
    it(`after each transaction: ${story.name}`, async () => {
      const scene = await prepare(file(), story);
      const whole = await tell(scene, file(), []);
      check(scene, whole, whole);
      for (let n = 1; n <= whole.used; n++) check(scene, await tell(scene, file(), [n]), whole);
    }).timeout(20_000);
  }

  it('again and again', async () => {
    const told = await Promise.all(
      STORIES.map(async (story) => {
        const scene = await prepare(file(), story);
        return { scene, whole: await tell(scene, file(), []) };
      }),
    );
    const kills = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...told), kills, async ({ scene, whole }, times) => {
        check(scene, await tell(scene, file(), times), whole);
      }),
      { numRuns: 40 },
    );
  }).timeout(20_000);
});
