import assert from 'node:assert/strict';
import { checkFieldSelector, matchesFieldSelector } from '../../src/api/field-values.ts';
import { parseFieldSelector } from '../../src/api/selector.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'n' }, spec: {}, status: { phase: 'Running' } };
const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e' },
  involvedObject: { kind: 'Pod', name: 'a' },
  source: { component: 'kubelet' },
};

describe('field selectors', () => {
  const rows: [text: string, object: typeof pod | typeof event, matches: boolean][] = [
    ['metadata.name=a', pod, true],
    ['metadata.namespace!=n', pod, false],
    ['status.phase=Running,metadata.name=b', pod, false],
    ['spec.nodeName=', pod, true],
    ['spec.hostNetwork=false', pod, true],
    ['involvedObject.name=a,source=kubelet', event, true],
    ['involvedObject.uid!=', event, false],
  ];
  for (const [text, object, matches] of rows)
    it(`${text} of a ${object.kind}: ${matches}`, () => {
      const selector = parseFieldSelector(text);
      checkFieldSelector(object.kind, selector);
      assert.equal(matchesFieldSelector(object, selector), matches);
    });
  it('only by the fields a kind has for it', () => {
    assert.throws(() => checkFieldSelector('ConfigMap', parseFieldSelector('status.phase=x')), {
      message: 'field label not supported: status.phase (known: metadata.name, metadata.namespace)',
    });
  });
});
