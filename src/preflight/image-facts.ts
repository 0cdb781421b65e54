/** What is known of an image by its name. */
import { isCode } from '../api/errors.ts';
import { isLocal, parseReference } from '../images/reference.ts';
import type { ImageFacts } from './world.ts';

/** `present`: is an image of that name in the store? It is not asked about names that are none. */
export const imageFacts =
  (present: (reference: string) => boolean) =>
  (reference: string): ImageFacts => {
    try {
      return { local: isLocal(parseReference(reference)), present: present(reference) };
    } catch (error) {
      if (!isCode(error, 'IMAGE_NAME')) throw error;
      // the name itself is told by whoever tells this
      return { invalid: error.message.replace(/^.*": /, ''), present: false, local: false };
    }
  };
