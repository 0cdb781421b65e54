import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { KubeObject, Play, PlayStatus } from '../../src/api/objects.ts';
import { addressLines, progressLines, resultLines } from '../../src/cli/play-text.ts';
import { withPublished } from '../../src/cli/publish.ts';
import { deployment, pod, ScratchWorld } from './scratch-world.ts';

const RUNNING: PlayStatus = { phase: 'Running', results: [], pods: [], undo: [] };

/** Plays the engine: each Play goes through these states. */
function engine(world: ScratchWorld, states: (play: Play) => PlayStatus[]): void {
  world.store.onChange(({ type, object }) => {
    if (object.kind !== 'Play' || type !== 'ADDED') return;
    const key = { apiVersion: 'podstead.dev/v1', kind: 'Play', name: object.metadata.name };
    const all = states(object as unknown as Play);
    const next = () => {
      const status = all.shift();
      if (!status) return;
      world.store.updateStatus(key, status);
      setImmediate(next);
    };
    setImmediate(next);
  });
}

const results = (play: Play, action: 'created' | 'deleted'): PlayStatus['results'] =>
  play.spec.objects.map((object) => ({ object: `${object.kind.toLowerCase()}/${object.metadata.name}`, action }));

/** The command looks whether a port of this machine is taken. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '0.0.0.0', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe('play kube', () => {
  it('prints a line for each object, and the addresses on standard error', async () => {
    using world = new ScratchWorld();
    engine(world, (play) => [RUNNING, { ...RUNNING, phase: 'Succeeded', results: results(play, 'created') }]);
    const port = await freePort();
    world.input = pod('a').replace("image: 'localhost/x:1'", `image: 'reg.example/x:1', ports: [{containerPort: 80, hostPort: ${port}}]`);
    const err = `http://127.0.0.1:${port} → a/main:80\n`;
    assert.deepEqual(await world.podstead('play kube -'), { code: 0, out: 'pod/a created\n', err });
    assert.deepEqual(await world.podstead('play kube - -q'), { code: 0, out: 'pod/a created\n', err: '' });
  });
  it('asks the engine for what the options say', async () => {
    using world = new ScratchWorld();
    let seen: Play['spec'] | undefined;
    engine(world, (play) => {
      seen = play.spec;
      return [{ ...RUNNING, phase: 'Succeeded' }];
    });
    world.input = `${pod('a')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n`;
    assert.equal((await world.podstead('play kube - --replace --start=false --timeout 90s')).code, 0);
    assert.deepEqual([seen?.mode, seen?.replace, seen?.start, seen?.timeoutSeconds], ['play', true, false, 90]);
    assert.deepEqual(
      seen?.objects.map((object) => object.kind),
      ['Namespace', 'Pod'],
    );
    assert.equal((await world.podstead('kube down - --force')).code, 0);
    assert.deepEqual(
      [seen?.mode, seen?.force, seen?.objects[0]],
      ['down', true, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' } }],
    );
  });
  it('a play that fails says why and exits with 1', async () => {
    using world = new ScratchWorld();
    engine(world, () => [RUNNING, { ...RUNNING, phase: 'Failed', message: 'pod/a: no\neverything it had done is undone' }]);
    world.input = pod('a');
    assert.deepEqual(await world.podstead('play kube -'), {
      code: 1,
      out: '',
      err: 'podstead: pod/a: no\n  everything it had done is undone\n',
    });
  });
  it("the engine's faults are shown with their place, exit 2", async () => {
    using world = new ScratchWorld();
    const faults = [
      { index: 0, object: 'pod/a', field: 'spec.containers[0].image', message: 'not here' },
      { object: 'pod/b', field: '', message: 'no room' },
    ];
    engine(world, () => [{ ...RUNNING, phase: 'Failed', message: 'x', faults }]);
    world.input = pod('a');
    assert.deepEqual(await world.podstead('play kube -'), {
      code: 2,
      out: '',
      err: 'stdin:4:41: spec.containers[0].image: not here\npod/b: no room\npodstead: 2 faults, nothing was changed\n',
    });
  });
  it('a signal asks for the undo and waits for it', async () => {
    using world = new ScratchWorld();
    world.store.onChange(({ type, object }) => {
      const play = object as unknown as Play;
      if (object.kind !== 'Play') return;
      const key = { apiVersion: 'podstead.dev/v1', kind: 'Play', name: play.metadata.name };
      if (type === 'ADDED') setImmediate(() => world.signals.get('SIGTERM')?.());
      else if (play.spec.cancel && play.status?.phase !== 'Undone')
        setImmediate(() => world.store.updateStatus(key, { ...RUNNING, phase: 'Undone', message: 'it was cancelled' }));
    });
    world.input = pod('a');
    const { code, out, err } = await world.podstead('play kube -');
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^podstead: it was cancelled\n/);
    assert.equal(world.signals.size, 0);
  });
  it('--wait takes everything down when the pods have ended', async () => {
    using world = new ScratchWorld();
    engine(world, (play) => {
      if (play.spec.mode === 'play') {
        world.registry.applyAll(play.spec.objects);
        world.setStatus('Pod', 'a', { phase: 'Failed' });
      }
      return [{ ...RUNNING, phase: 'Succeeded', results: results(play, play.spec.mode === 'play' ? 'created' : 'deleted') }];
    });
    world.input = pod('a');
    assert.deepEqual(await world.podstead('play kube - --wait'), { code: 1, out: 'pod/a created\npod/a deleted\n', err: '' });
  });
  it('ConfigMaps from another file, and only those', async () => {
    using world = new ScratchWorld();
    let kinds: string[] = [];
    engine(world, (play) => {
      kinds = play.spec.objects.map((object) => object.kind);
      return [{ ...RUNNING, phase: 'Succeeded' }];
    });
    const { writeFileSync } = await import('node:fs');
    writeFileSync(`${world.directory}/cm.yaml`, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n');
    writeFileSync(`${world.directory}/pod.yaml`, pod('a'));
    assert.equal((await world.podstead(`play kube ${world.directory}/pod.yaml --configmap ${world.directory}/cm.yaml`)).code, 0);
    assert.deepEqual(kinds, ['ConfigMap', 'Pod']);
    const { code, err } = await world.podstead(`play kube ${world.directory}/pod.yaml --configmap ${world.directory}/pod.yaml`);
    assert.equal(code, 2);
    assert.match(err, /pod\.yaml:2:7: kind: --configmap takes only ConfigMaps, and this is a Pod\n/);
  });
});

describe('what a play shows', () => {
  const play = (status: Partial<PlayStatus>): Play => ({
    apiVersion: 'podstead.dev/v1',
    kind: 'Play',
    metadata: { name: 'p' },
    spec: { mode: 'play', objects: [] },
    status: { ...RUNNING, ...status },
  });
  it('a line for each pod, cut to the width', () => {
    const pods: PlayStatus['pods'] = [
      { namespace: 'default', name: 'a', state: 'Started', detail: 'Running' },
      { namespace: 'default', name: 'b', state: 'Pending', detail: 'main: ContainerCreating' },
    ];
    assert.deepEqual(progressLines(play({ pods }), 80), ['✔ pod/a  Running', '… pod/b  main: ContainerCreating']);
    assert.deepEqual(progressLines(play({ pods, phase: 'Undoing' }), 14), ['✔ pod/a  Run…', '… pod/b  mai…', '… undoing']);
    assert.deepEqual(progressLines(play({ phase: 'Queued' }), 80), ['… another play is running, this one waits']);
  });
  it('results in their order', () =>
    assert.deepEqual(
      resultLines(
        play({
          results: [
            { object: 'pod/a', action: 'created' },
            { object: 'persistentvolumeclaim/d', action: 'kept' },
          ],
        }),
      ),
      ['pod/a created', 'persistentvolumeclaim/d kept'],
    ));
});

describe('--publish', () => {
  const withPorts = (name: string, port: number): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', ports: [{ containerPort: port }] }] },
  });
  const template = (name: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c' }] } } },
  });
  const annotations = (objects: readonly KubeObject[]) =>
    objects.map((object) => {
      const spec = object['spec'] as { template?: { metadata?: KubeObject['metadata'] } };
      return (object.kind === 'Pod' ? object.metadata : spec.template?.metadata)?.annotations;
    });
  it('goes to the pods that declare the port', () =>
    assert.deepEqual(annotations(withPublished([withPorts('a', 80), withPorts('b', 81)], ['8080:81'])), [
      undefined,
      { 'podstead.dev/publish': '0.0.0.0:8080:81/tcp' },
    ]));
  it('else to the only ones there are, in their template', () =>
    assert.deepEqual(annotations(withPublished([template('a')], ['127.0.0.1:8080:81', '9:9'])), [
      { 'podstead.dev/publish': '127.0.0.1:8080:81/tcp,0.0.0.0:9:9/tcp' },
    ]));
  it('changes nothing that it was given', () => {
    const objects = [withPorts('a', 80)];
    const before = structuredClone(objects);
    withPublished(objects, ['1:80']);
    assert.deepEqual(objects, before);
  });
  it('is refused where it is not clear whose port it is', () => {
    assert.throws(() => withPublished([template('a'), template('b')], ['8080:81']), { code: 'USAGE' });
    assert.throws(() => withPublished([], ['8080:81']), { code: 'USAGE' });
    assert.throws(() => withPublished([withPorts('a', 80)], ['x']), { code: 'USAGE' });
  });
  it('its address is shown', () => {
    assert.deepEqual(addressLines(withPublished([withPorts('a', 81)], ['[::1]:5432:81'])), ['[::1]:5432 → a/c:81']);
    assert.deepEqual(addressLines(withPublished([template('a')], ['8080:80'])), ['http://127.0.0.1:8080 → a/c:80']);
  });
});

it('a deployment that is played is found again by its name', async () => {
  using world = new ScratchWorld();
  await world.apply(deployment('web'));
  const { code, out } = await world.podstead('generate kube web');
  assert.equal(code, 0);
  assert.match(out, /^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n {2}name: web\n/);
  await world.apply(pod('web'));
  assert.deepEqual(await world.podstead('generate kube web'), {
    code: 1,
    out: '',
    err: 'podstead: "web" is the name of pod/web and deployment/web\n  fix: say pod/web or deployment/web\n',
  });
});
