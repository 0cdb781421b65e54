/** The engine's stderr, kept for those who wonder what happened. */
import { renameSync, statSync } from 'node:fs';

export const LARGEST_LOG = 1 << 20;

/** Beyond 1 MB it becomes FILE.1. Whoever has it open goes on writing there until it is started again. */
export const rotateLog = (file: string): void => {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGEST_LOG) renameSync(file, `${file}.1`);
};
