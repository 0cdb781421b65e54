import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Deployment, KubeObject, ReplicaSet } from '../../src/api/objects.ts';
import { REVISION } from '../../src/controllers/deployment/revision.ts';
import { maxSurge, maxUnavailable } from '../../src/controllers/deployment/size.ts';
import { reconcileDeployment } from '../../src/controllers/deployment.ts';
import { rolloutStatus } from '../../src/controllers/rollout-status.ts';
import { ControllerWorld, deployment, START, template } from './world.ts';

const worldOf = (d: Deployment) => new ControllerWorld(d as unknown as KubeObject);
const sizes = (world: ControllerWorld) => world.replicaSets.map((rs) => [rs.metadata.annotations?.[REVISION], rs.spec.replicas]);
const images = (world: ControllerWorld) => world.pods.map((pod) => pod.spec.containers[0]?.image).toSorted();
const conditions = (world: ControllerWorld) => (world.deployment.status?.conditions ?? []).map((c) => `${c.type} ${c.status} ${c.reason}`);
const settled = (d: Deployment) => {
  const world = worldOf(d);
  world.settle();
  world.log.length = 0;
  return world;
};

describe('Deployment', () => {
  it('makes a ReplicaSet, which makes the pods', () => {
    const world = worldOf(deployment());
    world.settle();
    const [rs] = world.replicaSets;
    const hash = rs?.metadata.name.slice('web-'.length) ?? '';
    const labels = { app: 'web', 'pod-template-hash': hash };
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]+$/);
    assert.deepEqual(rs?.metadata, {
      name: `web-${hash}`,
      namespace: 'shop',
      labels,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd1', controller: true, blockOwnerDeletion: true }],
      annotations: {
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
        'deployment.kubernetes.io/revision': '1',
      },
      uid: 'u1',
      generation: 1,
      creationTimestamp: '2026-01-02T03:04:05Z',
    });
    assert.deepEqual(rs?.spec, { replicas: 3, selector: { matchLabels: labels }, template: { ...template(), metadata: { labels } } });
    assert.deepEqual(images(world), ['web:one', 'web:one', 'web:one']);
    assert.deepEqual(
      world.pods.map((pod) => pod.metadata.labels),
      [labels, labels, labels],
    );
    assert.deepEqual(world.deployment.metadata.annotations, { [REVISION]: '1' });
    const { conditions: _, ...counts } = world.deployment.status ?? {};
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      terminatingReplicas: 0,
    });
    assert.deepEqual(conditions(world), ['Progressing True NewReplicaSetAvailable', 'Available True MinimumReplicasAvailable']);
    assert.ok(world.log.includes(`Scaled up replica set web-${hash} from 0 to 3`));
    assert.deepEqual(rolloutStatus(world.deployment), { done: true, message: 'deployment "web" successfully rolled out' });
  });

  it('at rest it does nothing', () => assert.equal(settled(deployment()).reconcile(), 0));

  it('equal templates have equal hashes', () => {
    const [a, b] = [settled(deployment()), settled(deployment())];
    assert.equal(a.replicaSets[0]?.metadata.name, b.replicaSets[0]?.metadata.name);
  });

  it('a new template: a new ReplicaSet step by step, the old one is kept at 0', () => {
    const world = settled(deployment());
    world.edit((d) => {
      d.spec.template = template('two');
    });
    const steps: string[] = [];
    world.settle(() => {
      const step = world.replicaSets.map((rs) => rs.spec.replicas).join('+');
      if (steps.at(-1) !== step) steps.push(step);
    });
    assert.deepEqual(steps, ['3+1', '2+1', '2+2', '1+2', '1+3', '0+3']);
    assert.deepEqual(sizes(world), [
      ['1', 0],
      ['2', 3],
    ]);
    assert.deepEqual(images(world), ['web:two', 'web:two', 'web:two']);
    assert.equal(world.deployment.metadata.annotations?.[REVISION], '2');
    assert.deepEqual(conditions(world), ['Progressing True NewReplicaSetAvailable', 'Available True MinimumReplicasAvailable']);
  });

  it('back to an old template: its ReplicaSet again, with a new number and the old ones kept', () => {
    const world = settled(deployment());
    for (const version of ['two', 'one']) {
      world.edit((d) => {
        d.spec.template = template(version);
      });
      world.settle();
    }
    assert.deepEqual(sizes(world), [
      ['3', 3],
      ['2', 0],
    ]);
    assert.equal(world.replicaSets[0]?.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1');
  });

  it('another size: no new revision', () => {
    const world = settled(deployment());
    for (const replicas of [5, 0, 2]) {
      world.edit((d) => {
        d.spec.replicas = replicas;
      });
      world.settle();
      assert.deepEqual(sizes(world), [['1', replicas]]);
      assert.equal(world.pods.length, replicas);
    }
  });

  it('Recreate: no new pod before the last old one has ended', () => {
    const world = settled(deployment({ strategy: { type: 'Recreate' } }));
    world.edit((d) => {
      d.spec.template = template('two');
    });
    world.settle(() => assert.ok(new Set(images(world)).size <= 1, images(world).join()));
    assert.deepEqual(images(world), ['web:two', 'web:two', 'web:two']);
  });

  it('Recreate waits for a pod that takes its time', () => {
    const world = settled(deployment({ replicas: 1, strategy: { type: 'Recreate' } }));
    const [pod] = world.pods;
    world.edit((d) => {
      d.spec.template = template('two');
    });
    // the deletion is graceful: the pod stays for a while
    const linger = () =>
      world.objects.set(`Pod/${pod?.metadata.name}`, { ...pod, metadata: { ...pod?.metadata, deletionTimestamp: 'now' } } as never);
    for (let i = 0; i < 5; i++) {
      world.reconcile();
      linger();
      assert.equal(world.replicaSets.length, 1);
    }
    world.objects.delete(`Pod/${pod?.metadata.name}`);
    world.settle();
    assert.deepEqual(images(world), ['web:two']);
  });

  it('paused: a new template waits, another size does not; resumed: one rollout for all changes', () => {
    const world = settled(deployment({ replicas: 1 }));
    world.edit((d) => {
      d.spec.paused = true;
      d.spec.template = template('two');
    });
    world.settle();
    assert.deepEqual(conditions(world), ['Progressing Unknown DeploymentPaused', 'Available True MinimumReplicasAvailable']);
    world.edit((d) => {
      d.spec.template = template('three');
      d.spec.replicas = 2;
    });
    world.settle();
    assert.deepEqual(images(world), ['web:one', 'web:one']);
    world.edit((d) => {
      d.spec.paused = false;
    });
    world.settle();
    assert.deepEqual(images(world), ['web:three', 'web:three']);
    assert.deepEqual(sizes(world), [
      ['1', 0],
      ['2', 2],
    ]);
  });

  it('a size changed in the middle of a rollout is shared out', () => {
    const world = settled(
      deployment({ replicas: 8, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 2 } } }),
    );
    world.edit((d) => {
      d.spec.template = template('broken');
    });
    // the new pods never become ready
    for (let i = 0; i < 6; i++) world.reconcile();
    assert.deepEqual(sizes(world), [
      ['1', 6],
      ['2', 4],
    ]);
    world.edit((d) => {
      d.spec.replicas = 18;
    });
    world.reconcile();
    assert.deepEqual(sizes(world), [
      ['1', 12],
      ['2', 8],
    ]);
  });

  it('old revisions beyond the limit go, the oldest first', () => {
    const world = settled(deployment({ revisionHistoryLimit: 1 }));
    for (const version of ['two', 'three', 'four']) {
      world.edit((d) => {
        d.spec.template = template(version);
      });
      world.settle();
    }
    assert.deepEqual(sizes(world), [
      ['3', 0],
      ['4', 3],
    ]);
  });

  it('no progress within the deadline is told, and a look at it is asked for', () => {
    const world = settled(deployment({ progressDeadlineSeconds: 100 }));
    world.edit((d) => {
      d.spec.template = template('broken');
    });
    for (let i = 0; i < 6; i++) world.reconcile();
    const view = { replicaSets: world.replicaSets, pods: world.pods };
    const look = reconcileDeployment(world.deployment, view, world.now).find((c) => c.do === 'lookAgain');
    assert.equal(look?.at, world.now + 101_000);
    world.now += 101_000;
    world.reconcile();
    assert.deepEqual(conditions(world), ['Progressing False ProgressDeadlineExceeded', 'Available True MinimumReplicasAvailable']);
    assert.deepEqual(rolloutStatus(world.deployment), {
      done: false,
      failed: true,
      message: 'deployment "web" exceeded its progress deadline',
    });
    assert.equal(world.reconcile(), 0);
    world.settle();
    assert.deepEqual(conditions(world), ['Progressing True NewReplicaSetAvailable', 'Available True MinimumReplicasAvailable']);
  });

  it('orphaned ReplicaSets are adopted, pods and all', () => {
    const world = settled(deployment());
    const uids = world.pods.map((pod) => pod.metadata.uid);
    for (const rs of world.replicaSets) {
      const { ownerReferences: _, ...metadata } = rs.metadata;
      world.objects.set(`ReplicaSet/${rs.metadata.name}`, { ...rs, metadata } as never);
    }
    world.objects.set('Deployment/web', { ...deployment(), metadata: { ...deployment().metadata, uid: 'd2' } } as never);
    world.settle();
    assert.deepEqual(
      world.pods.map((pod) => pod.metadata.uid),
      uids,
    );
    assert.deepEqual(
      world.replicaSets.map((rs) => rs.metadata.ownerReferences?.[0]?.uid),
      ['d2'],
    );
  });

  it("a name that somebody else's ReplicaSet has is avoided", () => {
    const name = settled(deployment()).replicaSets[0]?.metadata.name ?? '';
    const foreign: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, namespace: 'shop', uid: 'foreign' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'other' } } },
    };
    const world = new ControllerWorld(deployment() as never, foreign as never);
    world.settle();
    assert.equal(world.replicaSets.length, 2);
    assert.equal(world.deployment.status?.collisionCount, 1);
    assert.equal(world.pods.length, 3);
  });

  it('being deleted: it makes nothing', () => {
    const d = deployment();
    d.metadata.deletionTimestamp = '2026-01-02T03:04:05Z';
    const world = worldOf(d);
    world.settle();
    assert.deepEqual([world.replicaSets, world.pods], [[], []]);
  });

  it('a selector that selects everything is refused by an event', () => {
    const d = deployment({ selector: {} });
    assert.deepEqual(
      reconcileDeployment(d, { replicaSets: [], pods: [] }, START).map((c) => (c.do === 'event' ? c.event.reason : c.do)),
      ['SelectingAll'],
    );
  });

  it("annotations of the Deployment are its ReplicaSet's too, but not the last-applied one", () => {
    const d = deployment();
    d.metadata.annotations = { 'kubernetes.io/change-cause': 'first', 'kubectl.kubernetes.io/last-applied-configuration': '{}' };
    const world = settled(d);
    const { annotations = {} } = world.replicaSets[0]?.metadata ?? {};
    assert.equal(annotations['kubernetes.io/change-cause'], 'first');
    assert.equal(annotations['kubectl.kubernetes.io/last-applied-configuration'], undefined);
  });

  it('rolls out whatever the bounds are, never beyond them', () => {
    const bound = fc.oneof(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
    );
    const run = (replicas: number, surge: number | string, unavailable: number | string, later: number) => {
      const world = settled(
        deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } } }),
      );
      world.edit((d) => {
        d.spec.template = template('two');
      });
      const most = replicas + maxSurge(world.deployment);
      const least = replicas - maxUnavailable(world.deployment);
      world.settle(() => {
        const ready = world.pods.filter((pod) => pod.status?.conditions?.[0]?.status === 'True').length;
        assert.ok(world.pods.length <= most, `${world.pods.length} pods, at most ${most}`);
        assert.ok(ready >= least, `${ready} ready, at least ${least}`);
      });
      assert.deepEqual(images(world), Array(replicas).fill('web:two'));
      world.edit((d) => {
        d.spec.template = template('three');
        d.spec.replicas = later;
      });
      world.settle();
      assert.deepEqual(images(world), Array(later).fill('web:three'));
    };
    fc.assert(fc.property(fc.integer({ min: 0, max: 9 }), bound, bound, fc.integer({ min: 0, max: 9 }), run), { numRuns: 60 });
  });
});

describe('rollout status', () => {
  const rows: { name: string; status: Deployment['status']; want: string }[] = [
    { name: 'not yet seen', status: { observedGeneration: 0 }, want: 'Waiting for deployment spec update to be observed...' },
    {
      name: 'pods to be made',
      status: { observedGeneration: 1, updatedReplicas: 1 },
      want: 'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
    },
    {
      name: 'old pods',
      status: { observedGeneration: 1, updatedReplicas: 3, replicas: 4 },
      want: 'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
    },
    {
      name: 'pods not available',
      status: { observedGeneration: 1, updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
      want: 'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
    },
  ];
  for (const { name, status, want } of rows)
    it(name, () => assert.deepEqual(rolloutStatus({ ...deployment(), status } as Deployment), { done: false, message: want }));
});
