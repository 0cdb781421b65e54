/** What conmon leaves of a container that has ended: a file named after it, holding its exit code. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Exit {
  code: number;
  /** 1–64 when a signal ended it: the code is then 128 + signal. */
  signal?: number;
  /** RFC 3339, to the millisecond. */
  finishedAt: string;
  /** conmon notices it through the container's memory cgroup: only where there are limits. */
  oomKilled: boolean;
}

/** Shells and conmon report a signal as 128 + its number. */
export const signalOf = (code: number): number | undefined => (code > 128 && code <= 128 + 64 ? code - 128 : undefined);

/** Is this name in the exit directory a container's? conmon's temporaries hold a dot. */
export const isExitFile = (name: string): boolean => /^[\w-]+$/.test(name);

/** undefined while the container lives, or when its conmon was killed: then there never will be one. `bundle` holds conmon's oom mark. */
export function readExit(exits: string, id: string, bundle?: string): Exit | undefined {
  const file = join(exits, id);
  let text: string;
  let mtime: Date;
  try {
    text = readFileSync(file, 'latin1').trim();
    mtime = statSync(file).mtime;
  } catch {
    return undefined;
  }
  if (!/^-?\d+$/.test(text)) return undefined;
  const code = Number(text);
  const signal = signalOf(code);
  const oomKilled = bundle !== undefined && statSync(join(bundle, 'oom'), { throwIfNoEntry: false }) !== undefined;
  return { code, ...(signal === undefined ? {} : { signal }), finishedAt: mtime.toISOString(), oomKilled };
}
