/** `play kube --wait`: stays until the pods have ended or a signal comes, then takes everything down. */
import { isObject } from '../api/json.ts';
import type { KubeObject, Pod, Stored } from '../api/objects.ts';
import type { Context } from './context.ts';
import { podKind } from './find-pods.ts';
import { follow, TIMED_OUT } from './follow.ts';
import { identityOf } from './play-text.ts';
import { downObjects } from './take-down.ts';

/** 0: interrupted, or every pod succeeded; 1: a pod failed. Claims and their data stay. */
export async function stayUntilEnd(context: Context, objects: readonly KubeObject[], quiet: boolean, signal: AbortSignal): Promise<number> {
  const names = new Set(objects.filter((object) => object.kind === 'Pod').map(placeOf));
  const endless = objects.some(hasTemplate);
  const api = await context.world.api();
  const look = (pods: readonly Stored[]) => (endless ? undefined : outcomeOf(pods.filter((pod) => names.has(placeOf(pod)))));
  const code = signal.aborted ? TIMED_OUT : await follow(api, podKind, undefined, look, { signal });
  await downObjects(context, objects.map(identityOf), { force: false, quiet, json: false });
  return code === TIMED_OUT ? 0 : code;
}

const placeOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** A Deployment's pods are always started again: only a signal ends it. */
const hasTemplate = (object: KubeObject): boolean => isObject(object['spec']) && isObject(object['spec']['template']);

function outcomeOf(pods: readonly Stored[]): number | undefined {
  const phases = pods.map((pod) => (pod as unknown as Pod).status?.phase);
  if (!phases.every((phase) => phase === 'Succeeded' || phase === 'Failed')) return undefined;
  return phases.includes('Failed') ? 1 : 0;
}
