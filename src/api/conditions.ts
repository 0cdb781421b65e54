/** The conditions in a status: lists of one per type whose lastTransitionTime moves only when the status does. */

export interface ConditionLike {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export const findCondition = <C extends ConditionLike>(conditions: readonly C[] | undefined, type: string): C | undefined =>
  conditions?.find((c) => c.type === type);

export const isTrue = (conditions: readonly ConditionLike[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True';

/** In the place of the one of its type, or at the end. `now` is RFC 3339 text. */
export const setCondition = <C extends ConditionLike>(conditions: readonly C[] | undefined, next: C, now: string): C[] => {
  const list = conditions ?? [];
  const before = findCondition(list, next.type);
  const since = before?.status === next.status ? (before.lastTransitionTime ?? now) : now;
  const written = { ...next, lastTransitionTime: since };
  return before ? list.map((c) => (c === before ? written : c)) : [...list, written];
};

export const removeCondition = <C extends ConditionLike>(conditions: readonly C[] | undefined, type: string): C[] =>
  (conditions ?? []).filter((c) => c.type !== type);
