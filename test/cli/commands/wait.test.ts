import assert from 'node:assert/strict';
import { deployment, pod, ScratchWorld } from '../scratch-world.ts';

const ready = (status: string) => ({ phase: 'Running', conditions: [{ type: 'Ready', status }] });

describe('wait and rollout status', () => {
  it('until a condition is met', async () => {
    using world = new ScratchWorld();
    await world.apply(pod('a'));
    const waiting = world.podstead('wait --for=condition=Ready pod/a --timeout=5s');
    world.setStatus('Pod', 'a', ready('False'));
    world.setStatus('Pod', 'a', ready('True'));
    assert.deepEqual(await waiting, { code: 0, out: 'pod/a condition met\n', err: '' });
  });
  it('until a field has a value, with the value false, and one that is just there', async () => {
    using world = new ScratchWorld();
    await world.apply(pod('a'));
    world.setStatus('Pod', 'a', ready('False'));
    assert.equal((await world.podstead(['wait', '--for=jsonpath={.status.phase}=Running', 'pod/a'])).code, 0);
    assert.equal((await world.podstead('wait --for=condition=ready=false pod a')).code, 0);
    assert.equal((await world.podstead(['wait', "--for=jsonpath='{.status.phase}'", 'pod/a'])).code, 0);
  });
  it('gives up', async () => {
    using world = new ScratchWorld();
    await world.apply(pod('a'));
    const { code, err } = await world.podstead('wait --for=condition=Ready pod/a --timeout=20ms');
    assert.equal(code, 1);
    assert.match(err, /^podstead: timed out waiting for the condition on pods\/a\n/);
    assert.equal((await world.podstead('wait --for=condition=Ready pod/a --timeout=0')).code, 1);
  });
  it('until it is gone: at once when it never was', async () => {
    using world = new ScratchWorld();
    assert.deepEqual(await world.podstead('wait --for=delete pod/a'), { code: 0, out: '', err: '' });
    await world.apply(pod('a'));
    // the engine is asked once the pod has been seen
    const seen = Promise.withResolvers<void>();
    const api = world.api.bind(world);
    world.api = async () => {
      seen.resolve();
      return api();
    };
    const waiting = world.podstead('wait --for=delete pod/a --timeout=5s');
    await seen.promise;
    await world.podstead('delete pod a');
    assert.deepEqual(await waiting, { code: 0, out: 'pod/a condition met\n', err: '' });
  });
  it('what is not there cannot meet a condition', async () => {
    using world = new ScratchWorld();
    assert.deepEqual(await world.podstead('wait --for=condition=Ready pod/a'), { code: 1, out: '', err: 'podstead: pods "a" not found\n' });
    assert.equal((await world.podstead('wait --for=sunrise pod/a')).code, 2);
    assert.equal((await world.podstead('wait pod/a')).code, 2);
  });
  it('follows a rollout to its end', async () => {
    using world = new ScratchWorld();
    await world.apply(deployment('web'));
    const waiting = world.podstead('rollout status deployment/web --timeout=5s');
    world.setStatus('Deployment', 'web', { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 1 });
    world.setStatus('Deployment', 'web', { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 });
    const { code, out } = await waiting;
    assert.equal(code, 0);
    assert.match(out, /deployment "web" successfully rolled out\n$/);
  });
  it('tells why a rollout has failed, and what has none', async () => {
    using world = new ScratchWorld();
    await world.apply(deployment('web'));
    world.setStatus('Deployment', 'web', {
      observedGeneration: 1,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    });
    assert.deepEqual(await world.podstead('rollout status deploy web'), {
      code: 1,
      out: '',
      err: 'podstead: deployment "web" exceeded its progress deadline\n',
    });
    assert.equal((await world.podstead('rollout status pod/web')).code, 2);
  });
});
