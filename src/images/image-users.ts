/** Which pods use an image. Pure. */
import { PodsteadError } from '../api/errors.ts';
import type { Image } from './image-store.ts';

/** What is known of a container, as far as it matters here. */
export interface ImageUse {
  imageId: string;
  namespace: string;
  pod: string;
  name: string;
}

const bare = (id: string): string => id.replace(/^sha256:/, '');

/** `namespace/pod`, each once, sorted. */
export const imageUsers = (imageId: string, containers: readonly ImageUse[]): string[] =>
  [...new Set(containers.filter((use) => bare(use.imageId) === bare(imageId)).map((use) => `${use.namespace}/${use.pod}`))].sort();

/**
 * May it be removed? `name` is what the user wrote: taking one of several names off an image harms nobody. Throws IMAGE_IN_USE.
 */
export function checkRemovable(image: Image, name: string, containers: readonly ImageUse[]): void {
  const byId = bare(image.id).startsWith(bare(name));
  if (!byId && image.names.length > 1) return;
  const users = imageUsers(image.id, containers);
  if (users.length === 0) return;
  const shown = users.slice(0, 3).join(', ') + (users.length > 3 ? ` and ${users.length - 3} more` : '');
  throw new PodsteadError('IMAGE_IN_USE', `image ${name} is used by ${users.length === 1 ? 'pod' : 'pods'} ${shown}`, {
    remedy: 'delete what uses it first',
  });
}
