import assert from 'node:assert/strict';
import { configMap, deployment, pod, ScratchWorld } from '../scratch-world.ts';

describe('get', () => {
  it('lists a kind as a table', async () => {
    using world = new ScratchWorld();
    await world.apply(`${configMap('b')}---\n${configMap('a')}`);
    assert.deepEqual(await world.podstead('get cm'), { code: 0, out: 'NAME   DATA   AGE\na      1      0s\nb      1      0s\n', err: '' });
  });
  it('several kinds with their names, and a blank line between', async () => {
    using world = new ScratchWorld();
    await world.apply(`${configMap('a')}---\n${deployment('web')}`);
    assert.deepEqual(await world.podstead('get deploy,cm,svc'), {
      code: 0,
      out: 'NAME                  READY   UP-TO-DATE   AVAILABLE   AGE\ndeployment.apps/web   0/2     0            0           0s\n\nNAME          DATA   AGE\nconfigmap/a   1      0s\n',
      err: '',
    });
  });
  it('says on standard error when there is nothing', async () => {
    using world = new ScratchWorld();
    assert.deepEqual(await world.podstead('get pods'), { code: 0, out: '', err: 'No resources found in default namespace.\n' });
    assert.deepEqual(await world.podstead('get pods -A'), { code: 0, out: '', err: 'No resources found\n' });
    assert.deepEqual(await world.podstead('get pods --ignore-not-found'), { code: 0, out: '', err: '' });
  });
  it('an empty list is a list', async () => {
    using world = new ScratchWorld();
    const { out } = await world.podstead('get pods -o json');
    assert.deepEqual(JSON.parse(out), { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: [] });
  });
  it('one by name is the object itself, several are a list', async () => {
    using world = new ScratchWorld();
    await world.apply(`${configMap('b')}---\n${configMap('a')}`);
    assert.equal(JSON.parse((await world.podstead('get cm a -o json')).out).kind, 'ConfigMap');
    assert.equal(JSON.parse((await world.podstead('get cm a b -o json')).out).kind, 'List');
    assert.equal(JSON.parse((await world.podstead('get cm/a cm/b -o json')).out).items.length, 2);
  });
  it('names what is not there, and shows the rest', async () => {
    using world = new ScratchWorld();
    await world.apply(configMap('a'));
    assert.deepEqual(await world.podstead('get cm a nope -o name'), {
      code: 1,
      out: 'configmap/a\n',
      err: 'podstead: configmaps "nope" not found\n',
    });
    assert.deepEqual(await world.podstead('get cm nope --ignore-not-found'), { code: 0, out: '', err: '' });
  });
  it('kinds that nobody knows, or that do not run here', async () => {
    using world = new ScratchWorld();
    const fix = '  fix: podstead api-resources lists the kinds that run here\n';
    assert.deepEqual(await world.podstead('get gizmos'), {
      code: 1,
      out: '',
      err: `podstead: there is no kind of object "gizmos"\n${fix}`,
    });
    const { code, err } = await world.podstead('get jobs');
    assert.equal(code, 1);
    assert.equal(err, `podstead: podstead does not run objects of kind Job (batch/v1) yet\n${fix}`);
  });
  it('selectors, order, columns, jsonpath', async () => {
    using world = new ScratchWorld();
    await world.apply(`${pod('a')}---\n${pod('b')}`);
    assert.equal((await world.podstead('get pods -l app=b -o name')).out, 'pod/b\n');
    assert.equal((await world.podstead('get pods --field-selector metadata.name!=b -o name')).out, 'pod/a\n');
    // "status.phse!=Running" would be all of them
    const { code, err } = await world.podstead('delete pods --field-selector status.phse!=Running');
    assert.equal(code, 1);
    assert.match(err, /^podstead: field label not supported: status.phse \(known: metadata.name, /);
    assert.equal(
      (await world.podstead(['get', 'pods', '-o', 'custom-columns=N:.metadata.name,IP:.status.podIP'])).out,
      'N     IP\na     <none>\nb     <none>\n',
    );
    assert.equal((await world.podstead(['get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}'])).out, 'a b');
    assert.equal((await world.podstead('get pods -l app=b --no-headers')).out, 'b     0/1   Pending   0     0s\n');
  });
  it('what a file names', async () => {
    using world = new ScratchWorld();
    await world.apply(configMap('a'));
    world.input = configMap('a');
    assert.equal((await world.podstead('get -f - -o name')).out, 'configmap/a\n');
  });
  it('words that do not fit together', async () => {
    using world = new ScratchWorld();
    const usage = async (line: string) => {
      const { code, out, err } = await world.podstead(line);
      return [code, out, err.split('\n')[0]];
    };
    assert.deepEqual(await usage('get'), [2, '', 'podstead: say which objects']);
    assert.deepEqual(await usage('get pods a -l x=y'), [2, '', 'podstead: either a selector or names, not both']);
    assert.deepEqual(await usage('get pods a -A'), [2, '', 'podstead: a name is not looked for in all namespaces']);
    assert.deepEqual(await usage('get pods -o xml'), [2, '', 'podstead: -o: "xml" is not a format']);
    assert.deepEqual(await usage('get pods --colour'), [2, '', "podstead: unknown option '--colour'"]);
  });
  it('names from outside do no harm to a terminal', async () => {
    using world = new ScratchWorld();
    await world.apply(configMap('a', '"\\e[2J"'));
    assert.match((await world.podstead('get cm a -o yaml', { tty: true })).out, /key: "\\x1b\[2J"|key: "\\e\[2J"/);
  });
});
