/** Failed calls as the Kubernetes API reports them: a Status object with code, reason, details and causes. */
import { type ErrorCode, PodsteadError, type PodsteadErrorOptions } from './errors.ts';
import type { Fault } from './fault.ts';
import type { ApiStatus } from './objects.ts';

/** What a call was about: `plural` is `pods`, `group` is empty for v1. */
export interface Resource {
  group: string;
  plural: string;
  kind: string;
}

const codeOf = (status: ApiStatus): ErrorCode => {
  if (status.code === 404) return 'NOT_FOUND';
  if (status.code === 409) return 'CONFLICT';
  if (status.code === 422) return 'INVALID_MANIFEST';
  return 'API';
};

/** Thrown by store, registry, REST server and client alike. `status` is what travels over the socket. */
export class ApiError extends PodsteadError {
  readonly status: ApiStatus;
  constructor(status: ApiStatus, options: PodsteadErrorOptions = {}) {
    super(codeOf(status), status.message ?? status.reason ?? `HTTP ${status.code}`, options);
    this.status = status;
  }
}

export const isApiError = (error: unknown, reason?: string): error is ApiError =>
  error instanceof ApiError && (reason === undefined || error.status.reason === reason);

type Details = NonNullable<ApiStatus['details']>;
const failure = (code: number, reason: string, message: string, details?: Details): ApiStatus => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  ...(details ? { details } : {}),
  code,
});

const full = (r: Resource) => (r.group === '' ? r.plural : `${r.plural}.${r.group}`);
const about = (r: Resource, name: string): Details => ({ name, ...(r.group === '' ? {} : { group: r.group }), kind: r.plural });

export const notFound = (r: Resource, name: string) =>
  new ApiError(failure(404, 'NotFound', `${full(r)} "${name}" not found`, about(r, name)));

/** No such path or kind: not about one object. */
export const pathNotFound = () => new ApiError(failure(404, 'NotFound', 'the server could not find the requested resource', {}));

export const alreadyExists = (r: Resource, name: string) =>
  new ApiError(failure(409, 'AlreadyExists', `${full(r)} "${name}" already exists`, about(r, name)));

const modified = 'the object has been modified; please apply your changes to the latest version and try again';
export const conflict = (r: Resource, name: string, why = modified) =>
  new ApiError(failure(409, 'Conflict', `Operation cannot be fulfilled on ${full(r)} "${name}": ${why}`, about(r, name)));

export const forbidden = (r: Resource, name: string, why: string) =>
  new ApiError(failure(403, 'Forbidden', `${full(r)} "${name}" is forbidden: ${why}`, about(r, name)));

/** The namespace is going away: Forbidden with the cause clients look for. */
export const namespaceTerminating = (r: Resource, name: string, namespace: string) => {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }];
  const message = `${full(r)} "${name}" is forbidden: ${why}`;
  return new ApiError(failure(403, 'Forbidden', message, { ...about(r, name), causes }));
};

const causeReason = (fault: Fault) => (fault.reason.startsWith('FieldValue') ? fault.reason : 'FieldValueInvalid');

const causesOf = (faults: readonly Fault[]) => faults.map((f) => ({ reason: causeReason(f), message: f.message, field: f.field }));

export const invalid = (r: Resource, name: string, faults: readonly Fault[]) => {
  const lines = [...new Set(faults.map((f) => (f.field === '' ? f.message : `${f.field}: ${f.message}`)))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const details = { name, ...(r.group === '' ? {} : { group: r.group }), kind: r.kind, causes: causesOf(faults) };
  return new ApiError(failure(422, 'Invalid', `${r.kind}${r.group === '' ? '' : `.${r.group}`} "${name}" is invalid: ${text}`, details));
};

export const badRequest = (message: string, faults: readonly Fault[] = []) =>
  new ApiError(failure(400, 'BadRequest', message, faults.length > 0 ? { causes: causesOf(faults) } : undefined));

export const methodNotAllowed = (message = 'the server does not allow this method on the requested resource') =>
  new ApiError(failure(405, 'MethodNotAllowed', message, {}));

/** The resourceVersion asked for is no longer kept: list again. */
export const gone = (message: string) => new ApiError(failure(410, 'Expired', message));

export const unsupportedMediaType = (message: string) => new ApiError(failure(415, 'UnsupportedMediaType', message));

export const tooLarge = (message: string) => new ApiError(failure(413, 'RequestEntityTooLarge', message));

/** Not now: try again. `retryAfterSeconds` also travels as a header. */
export const unavailable = (message: string, retryAfterSeconds = 1) =>
  new ApiError(failure(503, 'ServiceUnavailable', message, { retryAfterSeconds }));

export const internal = (message: string, cause?: unknown) =>
  new ApiError(failure(500, 'InternalError', `Internal error occurred: ${message}`), { cause });

/** Any thrown value as a Status: usage errors are the caller's fault, everything else ours. */
export const toApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error;
  if (error instanceof PodsteadError && (error.code === 'USAGE' || error.code === 'INVALID_MANIFEST')) return badRequest(error.message);
  return internal(error instanceof Error ? error.message : String(error), error);
};

/** The answer to a delete that left nothing behind. */
export const success = (r: Resource, name: string, uid: string): ApiStatus => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: { ...about(r, name), uid },
});
