/** What applying a file's object over a live one gives: merge, defaults, and what updates keep. Pure. */
import { withDefaults } from './defaults.ts';
import { dropNulls, readLastApplied, threeWayMerge, withLastApplied } from './merge.ts';
import type { KubeObject } from './objects.ts';
import { prepareUpdate } from './update.ts';

/** A file's object as it is created by apply: with the annotation that later applies compare with. Without defaults. */
export const newlyApplied = (file: KubeObject): KubeObject => dropNulls(withLastApplied(file));

/** `lastApplied` is read from the live object's annotation unless it is given. Throws BadRequest (400) when the file cannot be merged. */
export const appliedOver = (live: KubeObject, file: KubeObject, lastApplied = readLastApplied(live)): KubeObject =>
  prepareUpdate(live, withDefaults(threeWayMerge(lastApplied, withLastApplied(file), live)));
