import assert from 'node:assert/strict';
import { allKinds, apiVersionsOf, kindByName, kindByPlural, kindOf, kindWord, objectName, supportedKinds } from '../../src/api/kinds.ts';

const named = (name: string) => {
  const info = kindByName(name);
  return info && `${info.apiVersion} ${info.kind}`;
};

describe('kinds', () => {
  const names: [string, string | undefined][] = [
    ['po', 'v1 Pod'],
    ['pod', 'v1 Pod'],
    ['pods', 'v1 Pod'],
    ['Pod', 'v1 Pod'],
    ['deploy', 'apps/v1 Deployment'],
    ['deployments.apps', 'apps/v1 Deployment'],
    ['deployments.v1.apps', 'apps/v1 Deployment'],
    ['deployments.extensions', undefined],
    ['pods.v1', 'v1 Pod'],
    ['ev', 'v1 Event'],
    ['events.events.k8s.io', 'events.k8s.io/v1 Event'],
    ['ep', 'v1 Endpoints'],
    ['netpol', 'networking.k8s.io/v1 NetworkPolicy'],
    ['networkpolicies', 'networking.k8s.io/v1 NetworkPolicy'],
    ['ingresses', 'networking.k8s.io/v1 Ingress'],
    ['pvc', 'v1 PersistentVolumeClaim'],
    ['plays', 'podstead.dev/v1 Play'],
    ['hpa', 'autoscaling/v2 HorizontalPodAutoscaler'],
    ['web', undefined],
    ['', undefined],
  ];
  for (const [name, want] of names) it(`${JSON.stringify(name)} is ${want ?? 'no kind'}`, () => assert.equal(named(name), want));

  it('supports these', () =>
    assert.deepEqual(
      supportedKinds.map((info) => kindWord(info.apiVersion, info.kind)),
      [
        ...['configmap', 'event', 'namespace', 'persistentvolumeclaim', 'pod', 'secret', 'service'],
        ...['deployment.apps', 'replicaset.apps', 'play.podstead.dev'],
      ],
    ));

  it('has everything about a kind', () =>
    assert.deepEqual(kindOf('apps/v1', 'Deployment'), {
      apiVersion: 'apps/v1',
      group: 'apps',
      kind: 'Deployment',
      plural: 'deployments',
      singular: 'deployment',
      shortNames: ['deploy'],
      namespaced: true,
      supported: true,
    }));

  it('finds no kind in another apiVersion', () => assert.equal(kindOf('v1', 'Deployment'), undefined));
  it('finds the plural of a path', () => assert.equal(kindByPlural('v1', 'endpoints')?.kind, 'Endpoints'));
  it('knows where a kind is', () => assert.deepEqual(apiVersionsOf('HorizontalPodAutoscaler'), ['autoscaling/v2', 'autoscaling/v1']));
  it('knows which kinds are in no namespace', () =>
    assert.deepEqual(
      ['Namespace', 'Node', 'PersistentVolume', 'Play', 'Pod'].map((kind) => allKinds.find((info) => info.kind === kind)?.namespaced),
      [false, false, false, false, true],
    ));

  it('names objects', () => {
    assert.equal(objectName({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }), 'pod/p');
    assert.equal(objectName({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }), 'deployment.apps/web');
    assert.equal(objectName({ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'job-' } }), 'pod/job-');
    assert.equal(objectName({ apiVersion: 'v1', kind: 'Pod' }), 'pod/');
  });
});
