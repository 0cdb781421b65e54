import assert from 'node:assert/strict';
import { PodsteadError } from '../../src/api/errors.ts';
import { alreadyExists, conflict, forbidden, gone, invalid, isApiError, notFound, success, toApiError } from '../../src/api/status.ts';

const pods = { group: '', plural: 'pods', kind: 'Pod' };
const deployments = { group: 'apps', plural: 'deployments', kind: 'Deployment' };

describe('status', () => {
  it('is what Kubernetes answers', () => {
    assert.deepEqual(notFound(deployments, 'web').status, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "web" not found',
      reason: 'NotFound',
      details: { name: 'web', group: 'apps', kind: 'deployments' },
      code: 404,
    });
    assert.deepEqual(success(pods, 'a', 'u'), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'pods', uid: 'u' },
    });
  });
  it('lists all faults', () => {
    const error = invalid(deployments, 'web', [
      { reason: 'FieldValueRequired', field: 'spec.selector', message: 'Required value' },
      { reason: 'WrongType', field: 'spec.replicas', message: 'must be a number' },
    ]);
    assert.equal(error.message, 'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.replicas: must be a number]');
    assert.deepEqual(error.status.details, {
      name: 'web',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
        { reason: 'FieldValueInvalid', message: 'must be a number', field: 'spec.replicas' },
      ],
    });
  });
  it('has an error code to branch on', () => {
    const codes = [
      notFound(pods, 'a'),
      alreadyExists(pods, 'a'),
      conflict(pods, 'a'),
      forbidden(pods, 'a', 'no'),
      gone('old'),
      invalid(pods, 'a', []),
    ].map((e) => [e.code, e.status.code]);
    assert.deepEqual(codes, [
      ['NOT_FOUND', 404],
      ['CONFLICT', 409],
      ['CONFLICT', 409],
      ['API', 403],
      ['API', 410],
      ['INVALID_MANIFEST', 422],
    ]);
    assert.equal(isApiError(gone('x'), 'Expired'), true);
    assert.equal(isApiError(gone('x'), 'NotFound'), false);
  });
  it('is made of any error', () => {
    const known = notFound(pods, 'a');
    assert.equal(toApiError(known), known);
    assert.equal(toApiError(new PodsteadError('USAGE', 'bad')).status.code, 400);
    assert.equal(toApiError(new Error('oops')).message, 'Internal error occurred: oops');
  });
});
