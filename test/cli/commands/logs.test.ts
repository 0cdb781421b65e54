import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScratchWorld } from '../scratch-world.ts';

const POD = `apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec:
  containers: [{name: a, image: 'localhost/x:1'}, {name: b, image: 'localhost/x:1'}]
`;

/** Two runs of container a, one of b. */
async function worldWithLogs(annotation?: string): Promise<ScratchWorld> {
  const world = new ScratchWorld();
  const named =
    annotation === undefined
      ? POD
      : POD.replace('labels:', `annotations: {kubectl.kubernetes.io/default-container: ${annotation}}, labels:`);
  await world.apply(named);
  const uid = (await world.podstead(['get', 'pod', 'p', '-o', 'jsonpath={.metadata.uid}'])).out;
  const write = (name: string, attempt: number, lines: readonly string[]) => {
    const logPath = join(world.directory, 'logs', name, `${attempt}.log`);
    mkdirSync(join(world.directory, 'logs', name), { recursive: true });
    writeFileSync(logPath, lines.map((line, i) => `2026-03-01T11:59:5${i}.000000000Z ${line}\n`).join(''));
    const common = {
      podUid: uid,
      sandboxId: 's',
      namespace: 'default',
      pod: 'p',
      kind: 'app' as const,
      specHash: '',
      image: '',
      imageId: '',
      bootId: '',
      createdAt: '',
    };
    world.records.push({ ...common, id: `${name}${attempt}`, name, attempt, state: 'exited', logPath });
  };
  write('a', 0, ['stdout F first run']);
  write('a', 1, ['stdout F one', 'stderr F two', 'stdout P un', 'stdout P finished']);
  write('b', 0, ['stdout F from b']);
  return world;
}

describe('logs', () => {
  const rows: { name: string; line: string; out: string; err?: string; code?: number }[] = [
    {
      name: 'the first container, and that it was a choice',
      line: 'logs p',
      out: 'one\ntwo\nunfinished',
      err: 'Defaulted container "a" out of: a, b\n',
    },
    { name: '-c', line: 'logs p -c b', out: 'from b\n' },
    { name: 'the container as second word', line: 'logs p b', out: 'from b\n' },
    { name: 'POD-CONTAINER', line: 'logs p-b', out: 'from b\n' },
    { name: '-c POD-CONTAINER, as podman', line: 'logs -c p-b p', out: 'from b\n' },
    { name: 'kind/name', line: 'logs pod/p -c b', out: 'from b\n' },
    {
      name: 'all containers',
      line: 'logs p --all-containers --prefix',
      out: '[pod/p/a] one\n[pod/p/a] two\n[pod/p/a] unfinished\n[pod/p/b] from b\n',
    },
    { name: 'pod logs has all', line: 'pod logs p', out: 'one\ntwo\nunfinished\nfrom b\n' },
    { name: 'by selector', line: 'logs -l app=p -c b', out: 'from b\n' },
    { name: 'the latest', line: 'logs -c b -l', out: 'from b\n' },
    { name: '--tail', line: 'logs p -c a --tail=2', out: 'two\nunfinished' },
    { name: '--tail 0', line: 'logs p -c a --tail 0', out: '' },
    { name: '--timestamps', line: 'logs p -c b -t', out: '2026-03-01T11:59:50.000000000Z from b\n' },
    { name: '--since', line: 'logs p -c a --since 9s', out: 'two\nunfinished' },
    { name: '--since-time', line: 'logs p -c a --since-time 2026-03-01T11:59:52Z', out: 'unfinished' },
    { name: '--limit-bytes', line: 'logs p -c a --limit-bytes 5', out: 'one\nt' },
    { name: '--previous', line: 'logs p -c a -p', out: 'first run\n' },
    { name: 'follow to the end', line: 'logs -f p -c b', out: 'from b\n' },
    {
      name: 'no run before',
      line: 'logs p -c b -p',
      out: '',
      code: 1,
      err: 'podstead: previous terminated container "b" in pod "p" not found\n',
    },
    { name: 'no such container', line: 'logs p -c z', out: '', code: 1, err: 'podstead: pod/p has no container "z"\n  fix: it has a, b\n' },
    {
      name: 'no such pod',
      line: 'logs q',
      out: '',
      code: 1,
      err: 'podstead: there is no pod or container "q" in namespace default\n  fix: podstead ps -aA lists them all\n',
    },
  ];
  for (const { name, line, out, err = '', code = 0 } of rows) {
    it(name, async () => {
      using world = await worldWithLogs();
      assert.deepEqual(await world.podstead(line), { code, out, err });
    });
  }
  it('the default container by annotation', async () => {
    using world = await worldWithLogs('b');
    assert.deepEqual(await world.podstead('logs p'), { code: 0, out: 'from b\n', err: '' });
  });
  it('a container that was not started says what it waits for', async () => {
    using world = new ScratchWorld();
    await world.apply(POD);
    world.setStatus('Pod', 'p', {
      containerStatuses: [{ name: 'a', state: { waiting: { reason: 'ErrImagePull', message: 'no registry' } } }],
    });
    assert.deepEqual(await world.podstead('logs p -c a'), {
      code: 1,
      out: '',
      err: 'podstead: container "a" in pod "p" is waiting to start: ErrImagePull: no registry\n',
    });
  });
  it('a name of two things is refused with both', async () => {
    using world = await worldWithLogs();
    await world.apply(POD.replace('name: p,', 'name: p-b,'));
    assert.deepEqual(await world.podstead('logs p-b'), {
      code: 1,
      out: '',
      err: 'podstead: "p-b" fits container b of pod/p and pod/p-b\n  fix: say pod/NAME, and -c CONTAINER\n',
    });
  });
});
