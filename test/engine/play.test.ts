import assert from 'node:assert/strict';
import { PodsteadError } from '../../src/api/errors.ts';
import type { KubeObject, PlayStatus } from '../../src/api/objects.ts';
import type { PlayRunner } from '../../src/engine/play.ts';
import {
  cancel,
  claim,
  configMap,
  content,
  controllers,
  deployment,
  kubelet,
  type Machine,
  machine,
  namespace,
  playOf,
  pod,
  podsOf,
  runnerOf,
  START_MS,
  settle,
  submit,
} from './play/world.ts';

const AT = '2026-01-02T03:04:05.000000Z';
const result = (object: string, action: string) => ({ object, namespace: 'default', action });
const started = (name: string) => ({ namespace: 'default', name, state: 'Started', detail: 'Running' });
const cmKey = (name: string, ns = 'default') => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: ns, name });

describe('a play', () => {
  let m: Machine;
  let runner: PlayRunner;
  beforeEach(() => {
    m = machine();
    runner = runnerOf(m);
  });
  afterEach(async () => {
    await runner.close();
    m.store.close();
  });

  const play = async (objects: KubeObject[], more: object = {}, name = 'p'): Promise<PlayStatus | undefined> => {
    submit(m, { objects, ...more }, name);
    await settle(m, runner);
    return m.store.get<ReturnType<typeof playOf>>({ apiVersion: 'podstead.dev/v1', kind: 'Play', name })?.status;
  };
  /** Played, and then no longer of interest. */
  const given = async (...objects: KubeObject[]) => {
    assert.equal((await play(objects, {}, 'given'))?.phase, 'Succeeded');
  };

  it('stores the objects and ends when the pods have started', async () => {
    const status = await play([configMap('m'), pod('a')]);
    assert.deepEqual(status, {
      phase: 'Succeeded',
      results: [result('configmap/m', 'created'), result('pod/a', 'created')],
      pods: [started('a')],
      undo: [],
      startedAt: AT,
      finishedAt: AT,
    });
    assert.equal(playOf(m).metadata.finalizers, undefined);
    assert.deepEqual([runner.inFlight, runner.nextDue, m.errors], [false, undefined, []]);
  });

  it('of the same objects changes nothing', async () => {
    await given(configMap('m'), pod('a'), deployment('web'));
    const before = content(m);
    const versions = m.store.all().filter((o) => o.kind !== 'Play');
    const status = await play([configMap('m'), pod('a'), deployment('web')]);
    assert.deepEqual(
      status?.results,
      ['configmap/m', 'pod/a', 'deployment.apps/web'].map((o) => result(o, 'unchanged')),
    );
    assert.deepEqual([content(m), m.store.all().filter((o) => o.kind !== 'Play')], [before, versions]);
  });

  it('without a pod is done at once', async () => {
    assert.equal((await play([namespace('n'), configMap('m', {}, 'n')]))?.phase, 'Succeeded');
    assert.equal((await play([], {}, 'q'))?.phase, 'Succeeded');
  });

  it('says how far it has come, not too often', async () => {
    submit(m, { objects: [pod('a', 'slow:1')] });
    await settle(m, runner);
    const shown = () => playOf(m).status?.pods;
    assert.deepEqual(shown(), [{ namespace: 'default', name: 'a', state: 'Pending' }]);
    assert.deepEqual([runner.inFlight, runner.nextDue], [true, START_MS + 250]);
    m.clock.at += 250;
    runner.touch();
    await runner.rest();
    assert.deepEqual(shown(), [{ namespace: 'default', name: 'a', state: 'Pending', detail: 'c: ContainerCreating: no slow:1' }]);
    assert.deepEqual([runner.inFlight, runner.nextDue], [true, START_MS + 300_000]);
  });

  describe('that finds something in the way', () => {
    it('touches nothing, and says all of it', async () => {
      m.findings.push({ reason: 'Preflight', index: 1, object: 'pod/a', field: 'spec.containers[0].image', message: 'is not here' });
      const before = m.store.all();
      const status = await play([configMap('m'), pod('a')]);
      assert.deepEqual(status, {
        phase: 'Failed',
        results: [],
        pods: [],
        undo: [],
        startedAt: AT,
        finishedAt: AT,
        faults: [{ index: 1, object: 'pod/a', field: 'spec.containers[0].image', message: 'is not here' }],
        message: 'pod/a: spec.containers[0].image: is not here',
      });
      assert.deepEqual(
        m.store.all().filter((o) => o.kind !== 'Play'),
        before,
      );
    });

    const refused: { name: string; objects: KubeObject[]; more?: object; faults: PlayStatus['faults'] }[] = [
      {
        name: 'no such namespace',
        objects: [configMap('n'), configMap('m', {}, 'none')],
        faults: [{ index: 1, object: 'configmap/m', field: '', message: 'namespaces "none" not found' }],
      },
      {
        name: 'no such field',
        objects: [{ ...configMap('m'), date: {} }],
        faults: [{ index: 0, object: 'configmap/m', field: 'date', message: 'unknown field (did you mean "data"?)' }],
      },
      {
        name: 'no such field, and it would have replaced pods',
        objects: [pod('old', 'good:2'), { ...configMap('m'), date: {} }],
        more: { replace: true },
        faults: [{ index: 1, object: 'configmap/m', field: 'date', message: 'unknown field (did you mean "data"?)' }],
      },
    ];
    for (const { name, objects, more, faults } of refused)
      it(name, async () => {
        await given(pod('old'));
        const before = content(m);
        const status = await play(objects, more);
        assert.deepEqual([status?.phase, status?.faults, content(m)], ['Failed', faults, before]);
      });

    it('a preflight that fails is said, and the next play goes on', async () => {
      await runner.close();
      const failing = { ...m, findings: undefined } as unknown as Machine;
      runner = runnerOf(failing);
      const status = await play([pod('a')]);
      assert.match(status?.message ?? '', /undefined/);
      assert.deepEqual([status?.phase, podsOf(m).length], ['Failed', 0]);
    });
  });

  describe('that fails', () => {
    it('is undone: what it made is gone, what it changed is as it was', async () => {
      await given(configMap('m', { a: '1' }), deployment('web'), pod('kept', 'good:1', { labels: { a: 'b' } }));
      const before = content(m);
      const changed = [configMap('m', { b: '2' }), deployment('web', 'good:2', 3), pod('kept', 'good:2', { labels: { c: 'd' } })];
      const status = await play([namespace('new'), configMap('n', {}, 'new'), claim('data'), ...changed, pod('a', 'bad:1')]);
      assert.deepEqual([status?.phase, status?.undo], ['Failed', []]);
      assert.equal(status?.message, 'pod/a: container c: ErrImageNeverPull: no bad:1\neverything it had done is undone');
      assert.deepEqual(content(m), before);
    });

    it('by the time it takes', async () => {
      const before = content(m);
      submit(m, { objects: [pod('a', 'slow:1'), configMap('m')], timeoutSeconds: 60 });
      await settle(m, runner);
      m.clock.at += 60_000;
      runner.touch();
      await settle(m, runner);
      assert.deepEqual([playOf(m).status?.phase, content(m)], ['Failed', before]);
      assert.match(playOf(m).status?.message ?? '', /^not started within 60 s\npod\/a: c: ContainerCreating: no slow:1\n/);
    });

    it('keeps a namespace that others use by now', async () => {
      submit(m, { objects: [namespace('new'), pod('a', 'slow:1', { namespace: 'new' })] });
      await settle(m, runner);
      m.registry.create(configMap('theirs', {}, 'new'));
      cancel(m);
      await settle(m, runner);
      assert.deepEqual(
        [playOf(m).status?.phase, playOf(m).status?.message],
        ['Failed', 'it was cancelled\nnot undone: namespace/new: others have put something into it'],
      );
      assert.deepEqual([podsOf(m), m.store.get(cmKey('theirs', 'new')) !== undefined], [[], true]);
    });

    it('what others have deleted meanwhile stays deleted', async () => {
      await given(configMap('m', { a: '1' }));
      submit(m, { objects: [configMap('m', { a: '2' }), configMap('n'), pod('a', 'slow:1')] });
      await settle(m, runner);
      for (const name of ['m', 'n']) m.registry.delete(cmKey(name));
      cancel(m);
      await settle(m, runner);
      assert.equal(playOf(m).status?.phase, 'Undone');
      assert.deepEqual(m.store.list('v1', 'ConfigMap'), []);
    });
  });

  it('that is cancelled is undone', async () => {
    await given(configMap('m', { a: '1' }));
    const before = content(m);
    submit(m, { objects: [configMap('m', { a: '2' }), claim('data'), pod('a', 'slow:1')] });
    await settle(m, runner);
    cancel(m);
    await settle(m, runner);
    assert.deepEqual([playOf(m).status?.phase, playOf(m).status?.message, content(m)], ['Undone', 'it was cancelled', before]);
  });

  it('whose object is deleted is undone first', async () => {
    const before = content(m);
    submit(m, { objects: [configMap('m'), pod('a', 'slow:1')] });
    await settle(m, runner);
    m.registry.delete({ apiVersion: 'podstead.dev/v1', kind: 'Play', name: 'p' });
    await settle(m, runner);
    assert.deepEqual([content(m), m.store.list('podstead.dev/v1', 'Play')], [before, []]);
  });

  describe('that replaces', () => {
    it('ends the old pods before it makes the new ones, also where a field cannot be changed', async () => {
      await given(pod('a'), deployment('web'));
      const old = podsOf(m).map((p) => p.metadata.uid);
      const next = pod('a', 'good:1', {}, { hostname: 'other' });
      const status = await play([next, deployment('web')], { replace: true });
      assert.deepEqual([status?.phase, status?.results.map((r) => r.action)], ['Succeeded', ['created', 'created']]);
      assert.deepEqual([podsOf(m).filter((p) => old.includes(p.metadata.uid)), podsOf(m).length], [[], 3]);
    });

    it('and fails: the old ones are there again', async () => {
      await given(configMap('m', { a: '1' }), pod('a'), deployment('web'));
      const before = content(m);
      const status = await play([configMap('m', { a: '2' }), pod('a', 'bad:1'), deployment('web', 'good:2')], { replace: true });
      assert.deepEqual([status?.phase, content(m)], ['Failed', before]);
    });
  });

  describe('that does not start', () => {
    it('holds the pods until a play lets them go', async () => {
      assert.equal((await play([pod('a'), deployment('web')], { start: false }))?.phase, 'Succeeded');
      assert.deepEqual(content(m)['pods'], ['a good:1 not started', 'web good:1 not started', 'web good:1 not started']);
      const status = await play([pod('a'), deployment('web')], {}, 'q');
      assert.deepEqual([status?.phase, status?.results.map((r) => r.action)], ['Succeeded', ['unchanged', 'unchanged']]);
      assert.deepEqual(content(m)['pods'], ['a good:1 alive', 'web good:1 alive', 'web good:1 alive']);
    });

    it('and they are held again when that play fails', async () => {
      await play([pod('a'), pod('b')], { start: false });
      const before = content(m);
      assert.equal((await play([pod('a', 'good:2'), pod('b'), pod('c', 'bad:1')], {}, 'q'))?.phase, 'Failed');
      assert.deepEqual(content(m), before);
    });
  });

  it('waits for the one before it; others do not wait', async () => {
    submit(m, { objects: [pod('a', 'slow:1')] }, 'first');
    submit(m, { objects: [pod('b')] }, 'a-second');
    submit(m, { objects: [pod('c')], cancel: true }, 'third');
    await settle(m, runner);
    const phases = () => ['first', 'a-second', 'third'].map((name) => playOf(m, name).status?.phase);
    assert.deepEqual(phases(), ['Running', undefined, 'Undone']);
    m.registry.applyAll([configMap('meanwhile')]);
    cancel(m, 'first');
    await settle(m, runner);
    assert.deepEqual([phases(), podsOf(m).map((p) => p.metadata.name)], [['Undone', 'Succeeded', 'Undone'], ['b']]);
  });

  it('is forgotten after 20 others', async () => {
    for (let i = 0; i < 22; i++) {
      m.clock.at += 1000;
      await play([], {}, `p${i}`);
    }
    const names = m.store.list('podstead.dev/v1', 'Play').map((p) => p.metadata.name);
    assert.deepEqual([names.length, names.includes('p0'), names.includes('p1'), names.includes('p2')], [20, false, false, true]);
  });

  describe('that takes down', () => {
    const down = (objects: KubeObject[], more: object = {}, name = 'd') => play(objects, { mode: 'down', ...more }, name);
    const bare = ({ apiVersion, kind, metadata: { name, namespace: ns } }: KubeObject): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name, ...(ns === undefined ? {} : { namespace: ns }) },
    });
    const withData = pod('a', 'good:1', {}, { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] });

    it('deletes what is named, keeps claims, and is silent about what is not there', async () => {
      await given(claim('data'), withData, deployment('web'), configMap('other'));
      const status = await down([claim('data'), configMap('none'), withData, deployment('web')].map(bare));
      assert.deepEqual(status, {
        phase: 'Succeeded',
        results: [result('persistentvolumeclaim/data', 'kept'), result('pod/a', 'deleted'), result('deployment.apps/web', 'deleted')],
        pods: [],
        undo: [],
        startedAt: AT,
        finishedAt: AT,
      });
      assert.deepEqual([podsOf(m), m.data.size, m.alive.size, m.store.get(cmKey('other')) !== undefined], [[], 1, 0, true]);
    });

    it('with force, claims and data go too', async () => {
      await given(claim('data'), withData);
      const status = await down([claim('data'), withData].map(bare), { force: true });
      assert.deepEqual(status?.results, [result('persistentvolumeclaim/data', 'deleted'), result('pod/a', 'deleted')]);
      assert.deepEqual([m.data.size, m.store.list('v1', 'PersistentVolumeClaim')], [0, []]);
    });

    it('waits until the pods are gone', async () => {
      await given(pod('a'));
      submit(m, { mode: 'down', objects: [bare(pod('a'))], cancel: false }, 'd');
      await runner.rest();
      assert.deepEqual([playOf(m, 'd').status?.phase, runner.nextDue], ['Running', START_MS + 250]);
      cancel(m, 'd');
      await runner.rest();
      assert.equal(playOf(m, 'd').status?.phase, 'Running');
      kubelet(m);
      controllers(m);
      await runner.rest();
      assert.equal(playOf(m, 'd').status?.phase, 'Succeeded');
    });

    it('a namespace goes with what is in it, unless others use it', async () => {
      const inside = [
        configMap('m', {}, 'one'),
        configMap('m', {}, 'two'),
        { ...claim('data'), metadata: { name: 'data', namespace: 'three' } },
      ];
      const spaces = ['one', 'two', 'three', 'default'].map(namespace);
      await given(...spaces.slice(0, 3), ...inside);
      m.registry.create(configMap('theirs', {}, 'two'));
      const status = await down([...spaces, ...inside].map(bare));
      const said = status?.results.map(({ object, namespace: ns, action }) => `${ns ?? ''} ${object} ${action}`);
      assert.deepEqual(said, [
        ' namespace/one deleted',
        ' namespace/two kept',
        ' namespace/three kept',
        ' namespace/default kept',
        'one configmap/m deleted',
        'two configmap/m deleted',
        'three persistentvolumeclaim/data kept',
      ]);
      assert.deepEqual(
        m.store.list('v1', 'Namespace').map((n) => n.metadata.name),
        ['default', 'kube-system', 'three', 'two'],
      );
    });

    it('says what does not go', async () => {
      await given({ ...configMap('m'), metadata: { name: 'm', namespace: 'default', finalizers: ['example.com/wait'] } });
      submit(m, { mode: 'down', objects: [bare(configMap('m'))] }, 'd');
      await settle(m, runner);
      m.clock.at += 300_000;
      runner.touch();
      await settle(m, runner);
      const { phase, message } = playOf(m, 'd').status ?? {};
      assert.deepEqual([phase, message], ['Failed', 'still there: configmap/m is held by example.com/wait']);
    });
  });

  it('without a spec fails, and the next one goes on', async () => {
    m.registry.create({ apiVersion: 'podstead.dev/v1', kind: 'Play', metadata: { name: 'empty' } });
    assert.equal((await play([configMap('m')]))?.phase, 'Succeeded');
    assert.equal(playOf(m, 'empty').status?.phase, 'Failed');
  });

  it('meets a store that cannot be written: it is tried again', async () => {
    const real = m.store.transaction;
    const full = { on: true };
    m.store.transaction = (fn, options) => {
      if (full.on) throw new PodsteadError('STORE_FAILED', 'the disk is full');
      return real.call(m.store, fn, options) as ReturnType<typeof fn>;
    };
    full.on = false;
    submit(m, { objects: [configMap('m')] });
    full.on = true;
    await runner.rest();
    assert.equal(m.store.get(cmKey('m')), undefined);
    assert.deepEqual([m.errors.length > 0, runner.nextDue, playOf(m).status], [true, START_MS + 1000, undefined]);
    full.on = false;
    runner.touch();
    await settle(m, runner);
    assert.equal(playOf(m).status?.phase, 'Succeeded');
  });
});
