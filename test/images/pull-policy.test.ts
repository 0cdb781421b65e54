import assert from 'node:assert/strict';
import { decidePull, defaultPullPolicy, type PullQuestion } from '../../src/images/pull-policy.ts';

describe('pull-policy', () => {
  const defaults: [string, string][] = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
    ['localhost/app', 'Always'],
  ];
  for (const [image, want] of defaults) it(`default of ${image.slice(0, 20)}: ${want}`, () => assert.equal(defaultPullPolicy(image), want));

  const rows: { name: string; question: Partial<PullQuestion>; want: 'use' | 'pull' | RegExp }[] = [
    { name: 'there, IfNotPresent', question: {}, want: 'use' },
    { name: 'there, Always', question: { policy: 'Always' }, want: 'pull' },
    { name: 'there, Never', question: { policy: 'Never' }, want: 'use' },
    { name: 'there, Always, just built', question: { policy: 'Always', fresh: true }, want: 'use' },
    { name: 'there, Always, local', question: { policy: 'Always', image: 'localhost/a' }, want: 'use' },
    { name: 'not there, IfNotPresent', question: { present: false }, want: 'pull' },
    { name: 'not there, Always', question: { present: false, policy: 'Always' }, want: 'pull' },
    {
      name: 'not there, Never',
      question: { present: false, policy: 'Never' },
      want: /^Container image "nginx:1" is not present with pull policy of Never$/,
    },
    {
      name: 'not there, local',
      question: { present: false, image: 'localhost/a:1' },
      want: /^Container image "localhost\/a:1" is not present: build it/,
    },
  ];
  for (const { name, question, want } of rows)
    it(name, () => {
      const decision = decidePull({ image: 'nginx:1', policy: 'IfNotPresent', present: true, ...question });
      if (want instanceof RegExp)
        assert.ok(decision.do === 'fail' && decision.reason === 'ErrImageNeverPull' && want.test(decision.message));
      else assert.deepEqual(decision, { do: want });
    });
});
