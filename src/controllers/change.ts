/**
 * What a controller wants done, as data. The changes of one list were decided on one view of the store: they are applied in order, in
 * one transaction, before anything else is written; so their objects' resourceVersion need not be checked.
 */
import type { KubeObject } from '../api/objects.ts';

export interface ObjectRef {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** Precondition: a later object of the same name is another one. */
  uid: string;
}

export interface EventData {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export type Change =
  | { do: 'create'; object: KubeObject; why: string }
  /** Metadata and spec; status is not looked at. */
  | { do: 'update'; object: KubeObject; why: string }
  | { do: 'updateStatus'; object: KubeObject; why: string }
  | { do: 'delete'; ref: ObjectRef; why: string }
  /** An Event about an object. */
  | { do: 'event'; about: ObjectRef; event: EventData; why: string }
  /** Nothing now, but the same controller is to look at this object again: ms since the epoch. */
  | { do: 'lookAgain'; about: ObjectRef; at: number; why: string };

type Identified = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

export const refOf = (object: Identified): ObjectRef => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name ?? '',
  uid: object.metadata.uid ?? '',
});

export const tell = (object: Identified, event: EventData): Change => ({ do: 'event', about: refOf(object), event, why: event.message });

export const remove = (object: Identified, why: string): Change => ({ do: 'delete', ref: refOf(object), why });

/** Any typed object as the general one: the types differ only in how much they know. */
export const plain = <T extends Identified>(object: T): KubeObject => ({ ...object });
