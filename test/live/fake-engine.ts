/** Engines of a few lines of sh, for tests of what keeps engines running. Each start adds a line to HOME/starts. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScratchHome } from './harness.ts';

const HEAD = `#!/bin/sh
read -r up _ </proc/uptime
echo "$$ $up" >>"$HOME/starts"
# as the real one does: what is there already has been heard
dd if="$PD_RUN/wake" iflag=nonblock of=/dev/null bs=64k count=16 2>/dev/null
`;

/** Returns its command line. `body` ends it: its exit code, and what it writes to $PD_RUN/due, are orders to the holder. */
export const fakeEngine = (home: ScratchHome, body: string): [string, ...string[]] => {
  const file = join(home.dir, 'engine.sh');
  writeFileSync(file, `${HEAD}${body}\n`, { mode: 0o755 });
  return ['/bin/sh', file];
};

export interface EngineStart {
  pid: number;
  /** Seconds since boot. */
  at: number;
}

export const engineStarts = (home: ScratchHome): EngineStart[] => {
  const file = join(home.dir, 'starts');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, at] = line.split(' ').map(Number);
      return { pid: pid ?? 0, at: at ?? 0 };
    });
};
