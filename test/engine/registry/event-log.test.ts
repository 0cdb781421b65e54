import assert from 'node:assert/strict';
import type { CoreEvent } from '../../../src/api/objects.ts';
import { namespace, pod, podKey, START, testRegistry } from './fixture.ts';

describe('event log', () => {
  let t: ReturnType<typeof testRegistry>;
  beforeEach(() => {
    t = testRegistry();
    t.registry.create(pod('p'));
  });
  afterEach(() => t.store.close());
  const record = (message: string, name = 'p', more: object = {}) =>
    t.registry.recordEvent({
      involved: t.store.get(podKey(name)) ?? pod(name),
      type: 'Normal',
      reason: 'Pulled',
      message,
      component: 'kubelet',
      ...more,
    });
  const events = () => t.store.list<CoreEvent>('v1', 'Event');

  it('writes what happened to what', () => {
    record('image there', 'p', { fieldPath: 'spec.containers{c}' });
    const [event] = events();
    const { uid, resourceVersion } = t.store.need(podKey('p')).metadata;
    assert.match(event?.metadata.name ?? '', /^p\.[0-9a-f]{16}$/);
    const { metadata: _, ...rest } = event ?? { metadata: {} };
    assert.deepEqual(rest, {
      apiVersion: 'v1',
      kind: 'Event',
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'default',
        name: 'p',
        uid,
        resourceVersion,
        fieldPath: 'spec.containers{c}',
      },
      reason: 'Pulled',
      message: 'image there',
      type: 'Normal',
      count: 1,
      firstTimestamp: START,
      lastTimestamp: START,
      source: { component: 'kubelet' },
      reportingComponent: 'kubelet',
      reportingInstance: '',
    });
  });

  it('counts what happens again', () => {
    record('a');
    t.pass(10);
    record('a');
    record('b');
    assert.deepEqual(
      events()
        .map((e) => [e.message, e.count, e.firstTimestamp, e.lastTimestamp])
        .sort(),
      [
        ['a', 2, START, '2026-01-02T03:04:15Z'],
        ['b', 1, '2026-01-02T03:04:15Z', '2026-01-02T03:04:15Z'],
      ],
    );
  });

  it('drops what is older than an hour', () => {
    record('a');
    t.pass(1800);
    record('b');
    t.pass(1801);
    record('c');
    assert.deepEqual(
      events()
        .map((e) => e.message)
        .sort(),
      ['b', 'c'],
    );
  });

  it('keeps a thousand', () => {
    for (let i = 0; i < 1003; i++) record(`m${i}`);
    record('m5');
    const messages = new Set(events().map((e) => e.message));
    assert.deepEqual([messages.size, messages.has('m2'), messages.has('m3'), messages.has('m5')], [1000, false, true, true]);
  });

  it('has no place in a namespace that is going or gone', () => {
    t.registry.create(namespace('n'));
    t.registry.create(pod('q', { namespace: 'n' }));
    t.registry.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'n' });
    t.registry.recordEvent({ involved: pod('q', { namespace: 'n' }), type: 'Normal', reason: 'R', message: 'm', component: 'c' });
    t.registry.recordEvent({ involved: pod('q', { namespace: 'none' }), type: 'Normal', reason: 'R', message: 'm', component: 'c' });
    assert.deepEqual(events(), []);
  });

  it('of something without a namespace is kept in default', () => {
    t.registry.recordEvent({
      involved: t.store.need({ apiVersion: 'v1', kind: 'Namespace', name: 'default' }),
      type: 'Warning',
      reason: 'R',
      message: 'm',
      component: 'c',
    });
    assert.deepEqual(
      events().map((e) => [e.metadata.namespace, e.involvedObject.namespace]),
      [['default', undefined]],
    );
  });
});
