/** A new holder in place of one that died, started from inside our namespaces: what is there is kept. */
import { existsSync } from 'node:fs';
import { readHolder } from './boot.ts';
import type { Paths } from './paths.ts';
import { startDetached } from './service.ts';

/** Only the one that gets the lock stays. A holder that ends on purpose has removed the file with its environment. */
export const reviveHolder = (paths: Paths, sh: string): void => {
  if (readHolder(paths) || !existsSync(paths.holderEnv)) return;
  startDetached([sh, '-c', '. "$1"; exec "$PD_SH" "$PD_SCRIPTS/holder.sh"', 'holder', paths.holderEnv], {
    cwd: '/',
    stderrFile: paths.engineLog,
  });
};
