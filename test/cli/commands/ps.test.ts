import assert from 'node:assert/strict';
import { pod, ScratchWorld } from '../scratch-world.ts';

const ID = '2786bde47fe5aaaabbbbccccddddeeee';

async function fill(world: ScratchWorld): Promise<void> {
  await world.apply(
    `${pod('up')}---\napiVersion: v1\nkind: Pod\nmetadata: {name: down}\nspec:\n  containers:\n  - {name: c, image: localhost/x:1, command: [sh, -c, exit 3], ports: [{containerPort: 80, hostPort: 8080}]}\n---\n${pod('new')}`,
  );
  const status = (name: string, id: string, state: unknown) => ({
    name,
    image: 'localhost/x:1',
    imageID: 'sha256:1',
    containerID: `podstead://${id}`,
    ready: false,
    restartCount: 0,
    state,
  });
  world.setStatus('Pod', 'up', {
    phase: 'Running',
    containerStatuses: [status('main', ID, { running: { startedAt: '2026-03-01T11:58:00Z' } })],
  });
  const terminated = { exitCode: 3, startedAt: '2026-03-01T11:50:00Z', finishedAt: '2026-03-01T11:59:57Z' };
  world.setStatus('Pod', 'down', { phase: 'Failed', containerStatuses: [status('c', `f${ID.slice(1)}`, { terminated })] });
}

describe('ps', () => {
  it('shows what runs', async () => {
    using world = new ScratchWorld();
    await fill(world);
    assert.deepEqual(await world.podstead('ps'), {
      code: 0,
      out:
        'CONTAINER ID  IMAGE          COMMAND  CREATED        STATUS        PORTS  NAMES\n' +
        '2786bde47fe5  localhost/x:1           2 minutes ago  Up 2 minutes         up-main\n',
      err: '',
    });
  });
  it('-a shows everything, the newest first', async () => {
    using world = new ScratchWorld();
    await fill(world);
    assert.equal(
      (await world.podstead('ps -a')).out,
      'CONTAINER ID  IMAGE          COMMAND       CREATED                 STATUS                    PORTS                 NAMES\n' +
        '              localhost/x:1                Less than a second ago  Created                                         new-main\n' +
        '2786bde47fe5  localhost/x:1                2 minutes ago           Up 2 minutes                                    up-main\n' +
        'f786bde47fe5  localhost/x:1  sh -c exit 3  10 minutes ago          Exited (3) 3 seconds ago  0.0.0.0:8080->80/tcp  down-c\n',
    );
  });
  it('ids, filters, templates, JSON', async () => {
    using world = new ScratchWorld();
    await fill(world);
    const out = async (line: string | string[]) => (await world.podstead(line)).out;
    assert.equal(await out('ps -q'), '2786bde47fe5\n');
    assert.equal(await out('ps -aq --no-trunc'), `${ID}\nf${ID.slice(1)}\n`);
    assert.equal(
      await out(['ps', '-a', '--filter', 'status=exited', '--format', '{{.Names}} {{.State}} {{.ExitCode}}']),
      'down-c exited 3\n',
    );
    assert.equal(await out(['ps', '--filter', 'exited=3', '--format', '{{.Names}}']), 'down-c\n');
    assert.equal(await out(['ps', '--format', 'table {{.Names}} {{.Status}}']), 'NAMES    STATUS\nup-main  Up 2 minutes\n');
    assert.equal(await out('ps -l --format {{.Names}}'), 'new-main\n');
    assert.equal(await out('ps -l app=up --format {{.Names}}'), 'up-main\n');
    const [first] = JSON.parse(await out('ps --format json')) as Record<string, unknown>[];
    assert.deepEqual([first?.['Id'], first?.['Names'], first?.['State'], first?.['PodName']], [ID, ['up-main'], 'running', 'up']);
  });
  it('refuses what it does not understand', async () => {
    using world = new ScratchWorld();
    assert.equal((await world.podstead('ps --filter colour=red')).code, 2);
    await fill(world);
    assert.equal((await world.podstead(['ps', '--format', '{{if .Names}}']))?.code, 2);
    assert.equal((await world.podstead('ps --format {{.Nonsense}}')).code, 2);
  });
});
