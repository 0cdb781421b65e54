import assert from 'node:assert/strict';
import { PullFailure, type PullFailureKind, pullFailure } from '../../src/images/pull-failure.ts';

describe('pull-failure', () => {
  const trying = 'Trying to pull reg.example/a:1...\n';
  const rows: { name: string; stderr: string; kind: PullFailureKind; said: string }[] = [
    {
      name: 'no such tag',
      stderr: `${trying}Error: initializing source docker://reg.example/a:1: reading manifest 1 in reg.example/a: manifest unknown: manifest unknown\n`,
      kind: 'not-found',
      said: 'initializing source docker://reg.example/a:1: reading manifest 1 in reg.example/a: manifest unknown: manifest unknown',
    },
    {
      name: 'not allowed',
      stderr: `${trying}Error: reading manifest: unauthorized: authentication required\n`,
      kind: 'auth',
      said: 'reading manifest: unauthorized: authentication required',
    },
    {
      name: 'denied or not there: as docker.io says it',
      stderr:
        'Error: reading manifest latest in docker.io/library/x: errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n',
      kind: 'auth',
      said: 'reading manifest latest in docker.io/library/x: errors: denied: requested access to the resource is denied unauthorized: authentication required',
    },
    {
      name: 'nobody there',
      stderr: 'Error: pinging container registry x: Get "https://x/v2/": dial tcp: lookup x: no such host\n',
      kind: 'network',
      said: 'pinging container registry x: Get "https://x/v2/": dial tcp: lookup x: no such host',
    },
    {
      name: 'a certificate',
      stderr: 'Error: Get "https://x/v2/": x509: certificate signed by unknown authority',
      kind: 'network',
      said: 'Get "https://x/v2/": x509: certificate signed by unknown authority',
    },
    {
      name: 'too often',
      stderr: 'Error: toomanyrequests: You have reached your pull rate limit',
      kind: 'rate-limit',
      said: 'toomanyrequests: You have reached your pull rate limit',
    },
    {
      name: 'a full disk',
      stderr: 'Error: writing blob: write /x: no space left on device',
      kind: 'disk',
      said: 'writing blob: write /x: no space left on device',
    },
    {
      name: 'as a log line',
      stderr: 'time="2026-01-01T00:00:00Z" level=error msg="no route to host"',
      kind: 'network',
      said: 'no route to host',
    },
    { name: 'nothing', stderr: '', kind: 'other', said: 'buildah said nothing' },
  ];
  for (const { name, stderr, kind, said } of rows)
    it(name, () => {
      const failure = pullFailure('a:1', stderr);
      assert.ok(failure instanceof PullFailure && failure.remedy);
      assert.deepEqual([failure.code, failure.kind, failure.message], ['IMAGE_NOT_FOUND', kind, `failed to pull image "a:1": ${said}`]);
    });
});
