import assert from 'node:assert/strict';
import { configMap, deployment, pod, ScratchWorld } from '../scratch-world.ts';

describe('apply, create, delete, scale', () => {
  it('created, unchanged, configured', async () => {
    using world = new ScratchWorld();
    assert.deepEqual(await world.apply(`${configMap('a')}---\n${deployment('web')}`), {
      code: 0,
      out: 'configmap/a created\ndeployment.apps/web created\n',
      err: '',
    });
    assert.deepEqual(await world.apply(configMap('a')), { code: 0, out: 'configmap/a unchanged\n', err: '' });
    assert.deepEqual(await world.apply(configMap('a', 'w')), { code: 0, out: 'configmap/a configured\n', err: '' });
  });
  it('every fault with its place, and nothing is stored', async () => {
    using world = new ScratchWorld();
    const { code, out, err } = await world.apply(`${configMap('a')}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndatta: {}\n`);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /^stdin:9:1: datta: unknown field .*did you mean "data"\?.*\npodstead: 1 fault, nothing was changed\n$/);
    assert.equal((await world.podstead('get cm -o name')).out, '');
  });
  it('a dry run stores nothing', async () => {
    using world = new ScratchWorld();
    world.input = configMap('a');
    assert.equal((await world.podstead('apply -f - --dry-run')).out, 'configmap/a created (dry run)\n');
    assert.equal((await world.podstead('apply -f - --dry-run=server')).out, 'configmap/a created (server dry run)\n');
    assert.equal((await world.podstead('get cm -o name')).out, '');
  });
  it('-n and the file must agree', async () => {
    using world = new ScratchWorld();
    world.input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: other}\n';
    const { code, err } = await world.podstead('apply -f - -n mine');
    assert.equal(code, 2);
    assert.match(err, /^stdin:3:32: metadata\.namespace: /);
  });
  it('an empty file is refused', async () => {
    using world = new ScratchWorld();
    assert.deepEqual(await world.apply('# nothing\n'), {
      code: 2,
      out: '',
      err: 'there is no object in the standard input\npodstead: 1 fault, nothing was changed\n',
    });
  });
  it('create refuses what exists, and makes the others', async () => {
    using world = new ScratchWorld();
    await world.apply(configMap('a'));
    world.input = `${configMap('a', 'w')}---\n${configMap('b')}`;
    assert.deepEqual(await world.podstead('create -f -'), {
      code: 1,
      out: 'configmap/b created\n',
      err: 'podstead: configmaps "a" already exists\n',
    });
  });
  it('deletes by name, selector, file', async () => {
    using world = new ScratchWorld();
    await world.apply([pod('a'), pod('b'), configMap('c'), configMap('d')].join('---\n'));
    assert.deepEqual(await world.podstead('delete pod a'), { code: 0, out: 'pod/a deleted\n', err: '' });
    assert.deepEqual(await world.podstead('delete pods -l app=b'), { code: 0, out: 'pod/b deleted\n', err: '' });
    world.input = configMap('c');
    assert.deepEqual(await world.podstead('delete -f -'), { code: 0, out: 'configmap/c deleted\n', err: '' });
    assert.deepEqual(await world.podstead('delete cm --all -o name'), { code: 0, out: 'configmap/d\n', err: '' });
    assert.deepEqual(await world.podstead('delete pod a'), { code: 1, out: '', err: 'podstead: pods "a" not found\n' });
    assert.equal((await world.podstead('delete pods')).code, 2);
  });
  it('waits until it is gone, but not for ever', async () => {
    using world = new ScratchWorld();
    await world.apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, finalizers: [example.com/hold]}\n');
    const { code, out, err } = await world.podstead('delete cm a --timeout=20ms');
    assert.deepEqual([code, out], [1, 'configmap/a deleted\n']);
    assert.match(err, /^podstead: still there: configmap\/a\n/);
    assert.equal((await world.podstead('delete cm a --wait=false')).code, 0);
  });
  it('scales', async () => {
    using world = new ScratchWorld();
    await world.apply(deployment('web'));
    assert.deepEqual(await world.podstead('scale deployment web --replicas=3'), { code: 0, out: 'deployment.apps/web scaled\n', err: '' });
    assert.equal((await world.podstead(['get', 'deploy/web', '-o', 'jsonpath={.spec.replicas}'])).out, '3');
    assert.equal((await world.podstead('scale deployment web --replicas=3 --current-replicas=9')).code, 1);
    assert.equal((await world.podstead('scale pod web --replicas=3')).code, 2);
    assert.equal((await world.podstead('scale deployment web')).code, 2);
  });
});
