import assert from 'node:assert/strict';
import { PodsteadError } from '../../src/api/errors.ts';
import type { KubeObject, Stored } from '../../src/api/objects.ts';
import { alreadyExists } from '../../src/api/status.ts';
import { createPlay } from '../../src/cli/create-play.ts';

type Answer = 'stored' | 'died before' | 'died after' | 'exists' | 'refused';
const unreachable = () => new PodsteadError('ENGINE_UNREACHABLE', 'the engine ended');

/** An engine that answers like this, one after the other. */
function fakeApi(answers: readonly Answer[]) {
  const stored = new Map<string, Stored>();
  const names: string[] = [];
  const left = [...answers];
  const create = async (_: unknown, object: KubeObject): Promise<Stored> => {
    const name = object.metadata.name ?? '';
    names.push(name);
    const answer = left.shift() ?? 'stored';
    if (answer === 'exists') throw alreadyExists({ plural: 'plays', group: 'podstead.dev' } as never, name);
    if (answer === 'refused') throw new PodsteadError('IO', 'no');
    if (answer !== 'died before') stored.set(name, { ...object, metadata: { name, uid: `uid-${name}` } } as unknown as Stored);
    if (answer !== 'stored') throw unreachable();
    return stored.get(name) as Stored;
  };
  return { names, stored, create, get: async (_: unknown, __: string, name: string) => stored.get(name) };
}

const rows: { name: string; answers: Answer[]; tries: number; sameName: boolean }[] = [
  { name: 'stored at once', answers: ['stored'], tries: 1, sameName: true },
  { name: 'the engine dies before it stored it: given again under its name', answers: ['died before', 'stored'], tries: 2, sameName: true },
  { name: 'the engine dies after it stored it: it is there', answers: ['died after'], tries: 1, sameName: true },
  { name: 'somebody has that name: another one', answers: ['exists', 'stored'], tries: 2, sameName: false },
  { name: 'it dies twice', answers: ['died before', 'died after'], tries: 2, sameName: true },
];

describe('creating a play', () => {
  for (const row of rows)
    it(row.name, async () => {
      let drawn = 0;
      const api = fakeApi(row.answers);
      const play = await createPlay(api as never, { mode: 'play', objects: [] }, () => (drawn++ % 20) / 20);
      assert.equal(api.names.length, row.tries);
      assert.equal(new Set(api.names).size === 1, row.sameName);
      assert.deepEqual([...api.stored.keys()], [play.metadata.name]);
      assert.match(play.metadata.name, /^play-/);
    });

  it('what is refused is not tried again; an engine that dies each time is told in the end', async () => {
    const refusing = fakeApi(['refused']);
    await assert.rejects(createPlay(refusing as never, { mode: 'play', objects: [] }), { code: 'IO' });
    assert.equal(refusing.names.length, 1);
    await assert.rejects(createPlay(fakeApi(Array(20).fill('died before')) as never, { mode: 'down', objects: [] }), {
      code: 'ENGINE_UNREACHABLE',
    });
  });
});
