/** Whether an image has to be pulled before a container starts, and how long to leave a failing one alone. Pure. */
import { isLatest, isLocal, parseReference } from './reference.ts';

export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

/** Kubernetes's default. Throws IMAGE_NAME. */
export const defaultPullPolicy = (image: string): PullPolicy => (isLatest(parseReference(image)) ? 'Always' : 'IfNotPresent');

export type PullDecision =
  | { do: 'use' }
  | { do: 'pull' }
  /** Waiting state of the container. */
  | { do: 'fail'; reason: 'ErrImageNeverPull'; message: string };

export interface PullQuestion {
  image: string;
  policy: PullPolicy;
  present: boolean;
  /** Built by this play (`--build`), or pulled for this container already. */
  fresh?: boolean;
}

/** `localhost/…` is never pulled: there is no registry of that name that would know better than the store. Throws IMAGE_NAME. */
export function decidePull({ image, policy, present, fresh }: PullQuestion): PullDecision {
  const local = isLocal(parseReference(image));
  if (present && (policy !== 'Always' || local || fresh)) return { do: 'use' };
  if (!local && policy !== 'Never') return { do: 'pull' };
  const message = local
    ? `Container image "${image}" is not present: build it (podstead build -t ${image} DIR, or play kube --build); localhost/ is never pulled`
    : `Container image "${image}" is not present with pull policy of Never`;
  return { do: 'fail', reason: 'ErrImageNeverPull', message };
}
