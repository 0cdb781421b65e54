/** What a manifest says and has no effect here: told, never passed over in silence. Pure. */
import { objectName } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { noEffect } from '../api/unsupported.ts';
import { oneLine } from './escape.ts';

/** The same field of several objects in one line. */
export function notices(objects: readonly KubeObject[]): string[] {
  const all = objects.flatMap((object) =>
    noEffect(object).map(({ field, message }) => ({ name: objectName(object), text: `${field === '' ? '' : `${field}: `}${message}` })),
  );
  return [...Map.groupBy(all, ({ text }) => text)].map(([text, group]) =>
    oneLine(`notice: ${group.map(({ name }) => name).join(', ')}: ${text}`),
  );
}
