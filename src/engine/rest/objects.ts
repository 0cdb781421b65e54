/** The calls on kinds and objects: Kubernetes's verbs over the registry. */
import { isObject, type JsonObject } from '../../api/json.ts';
import { resourceOfKind } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/objects.ts';
import { badRequest, methodNotAllowed, pathNotFound, success } from '../../api/status.ts';
import { patchTypeOf } from '../registry/patch.ts';
import { isScalable } from '../registry/scale.ts';
import type { Deleted, Registry, Scale, WriteOptions } from '../registry.ts';
import { type Call, mediaType, Reply, readBody, readObject } from './call.ts';
import { hasStatus } from './discovery.ts';
import { deleteOptionsOf, filterOf, flagOf, writeOptionsOf } from './query.ts';
import { keyOfTarget, type Target } from './target.ts';
import { watch } from './watch.ts';

/** A write's options; what the server drops comes back as Warning headers. */
const optionsOf = (call: Call): WriteOptions => ({
  ...writeOptionsOf(call.query),
  warn: (message) => call.response.appendHeader('warning', `299 - "${message.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`),
});

/** The object of a body, completed by what the path says; throws BadRequest (400) where they disagree. */
export const placed = (body: JsonObject, { info, namespace, name }: Target): KubeObject => {
  const { apiVersion = info.apiVersion, kind = info.kind, metadata = {} } = body;
  if (apiVersion !== info.apiVersion || kind !== info.kind)
    throw badRequest(
      `${String(kind)} in version "${String(apiVersion)}" does not match what the path says: ${info.kind} in version "${info.apiVersion}"`,
    );
  if (!isObject(metadata)) throw badRequest('metadata must be an object');
  const written = metadata['namespace'] === '' ? undefined : metadata['namespace'];
  if (namespace !== undefined && written !== undefined && written !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (name !== undefined && metadata['name'] !== undefined && metadata['name'] !== name)
    throw badRequest(`the name of the object (${String(metadata['name'])}) does not match the name on the URL (${name})`);
  const place = { ...(namespace === undefined ? {} : { namespace }), ...(name === undefined ? {} : { name }) };
  return { ...body, apiVersion: info.apiVersion, kind: info.kind, metadata: { ...metadata, ...place } };
};

/** Kinds for which a delete that is done at once still answers with the object. */
const ANSWERED_WITH_OBJECT = new Set(['Pod', 'Service', 'PersistentVolumeClaim']);
const deleted = ({ object, removed }: Deleted, { info }: Target): unknown =>
  removed && !ANSWERED_WITH_OBJECT.has(info.kind) ? success(resourceOfKind(info), object.metadata.name, object.metadata.uid) : object;

const collection = async (call: Call, target: Target, registry: Registry): Promise<unknown> => {
  const { info, namespace } = target;
  const matching = () => registry.store.list(info.apiVersion, info.kind, namespace).filter(filterOf(call.query, info.kind));
  const answer = (items: unknown[]) => ({
    kind: `${info.kind}List`,
    apiVersion: info.apiVersion,
    metadata: { resourceVersion: registry.store.resourceVersion() },
    items,
  });
  switch (call.method) {
    case 'GET':
      return flagOf(call.query, 'watch') ? watch(call, target, registry.store) : answer(matching());
    case 'POST':
      if (info.namespaced && namespace === undefined) throw methodNotAllowed(`${info.kind} objects are created in a namespace`);
      return new Reply(201, registry.create(placed(await readObject(call), target), optionsOf(call)));
    case 'DELETE': {
      const options = deleteOptionsOf(call.query, await readBody(call));
      const going = matching();
      return answer(
        registry.store.transaction(() =>
          going.map(
            (o) =>
              registry.delete(keyOfTarget({ ...target, namespace: o.metadata.namespace ?? '', name: o.metadata.name }), options).object,
          ),
        ),
      );
    }
    default:
      throw methodNotAllowed();
  }
};

const single = async (call: Call, target: Target, registry: Registry): Promise<unknown> => {
  const key = keyOfTarget(target);
  switch (call.method) {
    case 'GET':
      return flagOf(call.query, 'watch') ? watch(call, target, registry.store) : registry.store.need(key);
    case 'PUT':
      return registry.update(placed(await readObject(call), target), optionsOf(call));
    case 'PATCH':
      return registry.patch(key, await patchOf(call), optionsOf(call));
    case 'DELETE': {
      const options = deleteOptionsOf(call.query, await readBody(call));
      return deleted(registry.delete(key, options), target);
    }
    default:
      throw methodNotAllowed();
  }
};

const patchOf = async (call: Call) => ({ type: patchTypeOf(mediaType(call.request)), body: await readBody(call) });

const status = async (call: Call, target: Target, registry: Registry): Promise<unknown> => {
  switch (call.method) {
    case 'GET':
      return registry.store.need(keyOfTarget(target));
    case 'PUT':
      return registry.updateStatus(placed(await readObject(call), target), optionsOf(call));
    case 'PATCH':
      return registry.patch(keyOfTarget(target), await patchOf(call), { ...optionsOf(call), subresource: 'status' });
    default:
      throw methodNotAllowed();
  }
};

const scale = async (call: Call, target: Target, registry: Registry): Promise<unknown> => {
  const key = keyOfTarget(target);
  switch (call.method) {
    case 'GET':
      return registry.getScale(key);
    case 'PUT':
      return registry.updateScale(key, (await readObject(call)) as unknown as Scale, optionsOf(call));
    case 'PATCH':
      return registry.patchScale(key, await patchOf(call), optionsOf(call));
    default:
      throw methodNotAllowed();
  }
};

/** Throws NotFound (404), MethodNotAllowed (405), and what the registry throws. */
export const handleObjects = (call: Call, target: Target, registry: Registry): Promise<unknown> => {
  const { info, name, subresource } = target;
  if (name === undefined) return collection(call, target, registry);
  if (subresource === undefined) return single(call, target, registry);
  if (subresource === 'status' && hasStatus(info)) return status(call, target, registry);
  if (subresource === 'scale' && isScalable(info.kind)) return scale(call, target, registry);
  throw pathNotFound();
};
