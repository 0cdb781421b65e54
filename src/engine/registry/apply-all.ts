/** Many objects applied in one transaction: all or nothing, and all errors at once. */
import { appliedOver, newlyApplied } from '../../api/apply.ts';
import { isCode, PodsteadError } from '../../api/errors.ts';
import { kindOf, objectName } from '../../api/kinds.ts';
import type { ApiStatus, KubeObject, Stored } from '../../api/objects.ts';
import { resourceOf } from '../../api/resource.ts';
import { ApiError, conflict, isApiError, toApiError } from '../../api/status.ts';
import type { Registry } from '../registry.ts';
import type { WriteOptions } from './options.ts';
import { checkKind, checkWritten } from './refusal.ts';

export type ApplyAction = 'created' | 'configured' | 'unchanged';
export interface Applied {
  object: Stored;
  action: ApplyAction;
}
export interface ApplyFailure {
  /** `deployment.apps/web` */
  object: string;
  namespace?: string;
  error: ApiError;
}

const combined = (failures: readonly ApplyFailure[]): ApiStatus => {
  const [first] = failures;
  const causes = failures.flatMap(({ object, error }) => {
    const own = error.status.details?.causes ?? [{ reason: error.status.reason ?? 'Unknown', message: error.message }];
    return own.map((cause) => ({ ...cause, message: `${object}: ${cause.message}` }));
  });
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: first?.error.status.reason ?? 'Invalid',
    code: first?.error.status.code ?? 422,
    message: failures.map(({ object, error }) => `${object}: ${error.message}`).join('\n'),
    details: { causes },
  };
};

/** Nothing was stored. `failures` says why, per object; over the socket they travel as causes. */
export class ApplyError extends ApiError {
  readonly failures: readonly ApplyFailure[];
  constructor(failures: readonly ApplyFailure[]) {
    super(failures.length === 1 && failures[0] ? failures[0].error.status : combined(failures));
    this.failures = failures;
  }
}

const applyOne = (registry: Registry, file: KubeObject, options: WriteOptions): Applied => {
  checkKind(file);
  checkWritten(file, options);
  const namespaced = kindOf(file.apiVersion, file.kind)?.namespaced === true;
  const namespace = namespaced ? (file.metadata.namespace ?? 'default') : undefined;
  const { name } = file.metadata;
  if (name === undefined || name === '')
    throw new PodsteadError('USAGE', 'cannot use generateName with apply: metadata.name is required (podstead create makes a name)');
  const placed = namespaced ? { ...file, metadata: { ...file.metadata, namespace } } : file;
  const live = registry.store.get({ apiVersion: file.apiVersion, kind: file.kind, namespace, name });
  if (!live) return { object: registry.create(newlyApplied(placed)), action: 'created' };
  const { resourceVersion } = file.metadata;
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
    throw conflict(resourceOf(file.apiVersion, file.kind), name);
  const object = registry.replace(live, appliedOver(live, placed));
  return { object, action: object.metadata.resourceVersion === live.metadata.resourceVersion ? 'unchanged' : 'configured' };
};

/** Namespaces go first, so that what is in them finds them; the results are in the order of the objects. */
export const applyAll = (registry: Registry, objects: readonly KubeObject[], options: WriteOptions): Applied[] => {
  const failures: ApplyFailure[] = [];
  const results: Applied[] = new Array<Applied>(objects.length);
  const apply = (object: KubeObject, at: number) => {
    try {
      results[at] = registry.store.transaction(() => applyOne(registry, object, options));
    } catch (error) {
      // A store that fails is no fault of this object: nothing more can be done with it.
      if (!isApiError(error) && !isCode(error, 'USAGE')) throw error;
      const { namespace } = object.metadata;
      failures.push({ object: objectName(object), ...(namespace === undefined ? {} : { namespace }), error: toApiError(error) });
    }
  };
  const numbered = [...objects.entries()];
  for (const [at, object] of numbered) if (object.kind === 'Namespace') apply(object, at);
  for (const [at, object] of numbered) if (object.kind !== 'Namespace') apply(object, at);
  if (failures.length > 0) throw new ApplyError(failures);
  return results;
};
