/** Waits for a condition, never for a time. */
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;

/** Resolves with the first value that is not falsy. An error thrown by the condition counts as not yet, and is told in the end. */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 5_000 }: { what: string; timeoutMs?: number },
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
    await pause(LOOK_AGAIN_MS);
  }
}
