import assert from 'node:assert/strict';
import type { Stored } from '../../src/api/objects.ts';
import { asStopped } from '../../src/cli/stopped.ts';
import { somethingDied } from '../../src/cli/truth.ts';
import type { ContainerRecord, SandboxRecord } from '../../src/kubelet/record.ts';

const metadata = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-03-01T12:00:00Z' };
const message = 'Stopped with the machine or by system down; podstead resume starts it again';

describe('what was stopped', () => {
  it('a pod that ran', () => {
    const container = { name: 'c', ready: true, started: true, restartCount: 1, image: '', imageID: '' };
    const pod: Stored = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Initialized', status: 'True' },
        ],
        containerStatuses: [
          { ...container, state: { running: {} } },
          { ...container, name: 'd', state: { terminated: { exitCode: 0 } } },
        ],
      },
    };
    assert.deepEqual(asStopped(pod)['status'], {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'Stopped', message },
        { type: 'Initialized', status: 'True' },
      ],
      containerStatuses: [
        { ...container, ready: false, started: false, state: { waiting: { reason: 'Stopped', message } } },
        { ...container, name: 'd', ready: false, started: false, state: { terminated: { exitCode: 0 } } },
      ],
    });
  });
  it('a pod that had ended stays as it was', () => {
    const pod: Stored = { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Succeeded' } };
    assert.equal(asStopped(pod), pod);
  });
  it('a deployment has nothing that is ready', () =>
    assert.deepEqual(
      asStopped({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, status: { replicas: 2, readyReplicas: 2, availableReplicas: 2 } })[
        'status'
      ],
      { replicas: 2 },
    ));
});

describe('is the store still true', () => {
  const alive = ({ pid }: { pid: number }) => pid < 10;
  const container = (change: Partial<ContainerRecord>): ContainerRecord =>
    ({
      id: 'c',
      sandboxId: 's',
      state: 'running',
      process: { pid: 1, start: '1' },
      conmon: { pid: 2, start: '1' },
      ...change,
    }) as ContainerRecord;
  const sandbox = (change: Partial<SandboxRecord>): SandboxRecord =>
    ({ id: 's', state: 'ready', infra: { pid: 3, start: '1' }, ...change }) as SandboxRecord;
  const dead = { pid: 99, start: '1' };
  const rows: { name: string; containers: ContainerRecord[]; sandboxes: SandboxRecord[]; want: boolean }[] = [
    { name: 'all live', containers: [container({})], sandboxes: [sandbox({})], want: false },
    { name: 'nothing there', containers: [], sandboxes: [], want: false },
    { name: 'a container died', containers: [container({ process: dead })], sandboxes: [sandbox({})], want: true },
    { name: 'its conmon died', containers: [container({ conmon: dead })], sandboxes: [sandbox({})], want: true },
    { name: 'its infra died', containers: [container({})], sandboxes: [sandbox({ infra: dead })], want: true },
    {
      name: 'one that is known to have exited',
      containers: [container({ state: 'exited', process: dead, conmon: dead })],
      sandboxes: [],
      want: false,
    },
    { name: 'the infra of a pod without running containers', containers: [], sandboxes: [sandbox({ infra: dead })], want: false },
  ];
  for (const { name, containers, sandboxes, want } of rows) it(name, () => assert.equal(somethingDied(containers, sandboxes, alive), want));
});
