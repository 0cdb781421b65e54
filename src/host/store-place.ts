/** File systems on which a store cannot live: their locks and shared memory do not hold what SQLite and overlayfs need. */
import { statfsSync } from 'node:fs';

/** statfs(2) magic numbers. */
const REMOTE: Record<number, string> = {
  26985: 'NFS',
  16914839: '9p',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
  20859: 'SMB',
  1937076805: 'CODA',
  1799439955: 'AFS',
};

/** Its name, or undefined for a local one. The path has to exist. */
export const remoteFileSystem = (path: string): string | undefined => REMOTE[statfsSync(path).type >>> 0];
