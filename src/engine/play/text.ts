/** What a play says of itself. Pure. */
import { PodsteadError } from '../../api/errors.ts';
import { objectName } from '../../api/kinds.ts';
import type { KubeObject, PlayFault, Stored } from '../../api/objects.ts';
import type { PodProgress } from '../play-progress.ts';

export const CANCELLED = 'it was cancelled';
export const MALFORMED = 'spec.mode must be play or down, and spec.objects a list of objects with their metadata';

/** With its namespace where that is not the usual one. */
export const nameOf = (object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): string => {
  const { namespace } = object.metadata;
  return `${objectName(object)}${namespace === undefined || namespace === 'default' ? '' : ` (namespace ${namespace})`}`;
};

const reasonToStay = ({ metadata: { finalizers = [] } }: Stored): string =>
  finalizers.length > 0 ? ` is held by ${finalizers.join(', ')}` : '';

export const notGoneText = (left: readonly Stored[]): string =>
  `still there: ${left.map((object) => `${nameOf(object)}${reasonToStay(object)}`).join(', ')}`;

export const timedOutText = (seconds: number, pods: readonly PodProgress[]): string => {
  const late = pods.filter(({ state }) => state !== 'Started');
  const names = late.map(({ name, detail }) => `pod/${name}${detail === undefined ? '' : `: ${detail}`}`);
  return [`not started within ${seconds} s`, ...names].join('\n');
};

/** Why it was undone and how that went; `much`: there was something to undo. */
export const undoneText = (why: string | undefined, phase: string, failures: readonly string[], much: boolean): string => {
  const rest = failures.map((text) => `not undone: ${text}`);
  const clean = phase === 'Failed' && much && rest.length === 0 ? ['everything it had done is undone'] : [];
  return [...(why === undefined ? [] : [why]), ...rest, ...clean].join('\n');
};

export const faultsText = (faults: readonly PlayFault[]): string =>
  faults.map(({ object, field, message }) => `${object}: ${field === '' ? '' : `${field}: `}${message}`).join('\n');

export const errorText = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error instanceof PodsteadError && error.remedy !== undefined ? `${error.message} (${error.remedy})` : error.message;
};
