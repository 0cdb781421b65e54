/**
 * Descriptors that came from whoever started us. Node closes those at once that follow the first three without a gap on exec, but not a
 * shell's `200>lock`: a holder that kept it would keep the caller's lock, or its pipe, for days.
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

const O_CLOEXEC = 0o2000000;

/** Of the text of /proc/self/fdinfo/N. */
export const staysOpenOnExec = (info: string): boolean => {
  const flags = /^flags:\s+([0-7]+)/m.exec(info)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
};

/** Node's own are all closed on exec. With a parent that is Node, one of them may be the channel to it: then nothing is closed. */
export const closeInherited = (): void => {
  if (process.connected === true) return;
  for (const name of readdirSync('/proc/self/fdinfo')) {
    if (Number(name) <= 2) continue;
    try {
      if (staysOpenOnExec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))) closeSync(Number(name));
    } catch {
      // gone meanwhile, like the one of the listing itself
    }
  }
};
