/** What stands before an object's name in messages. */
import type { KindInfo } from '../api/kinds.ts';

/** `deployment.apps/`, `pod/` */
export const kindPrefix = (kind: KindInfo): string => `${kind.singular}${kind.group === '' ? '' : `.${kind.group}`}/`;
