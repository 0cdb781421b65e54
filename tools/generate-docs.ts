/** Writes docs/commands.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from '../src/cli/reference.ts';
import { VERBS } from '../src/cli/verbs.ts';

const docs = join(import.meta.dirname, '../docs');
const entries = await Promise.all(VERBS.map(async (verb) => ({ verb, command: await verb.load() })));
mkdirSync(docs, { recursive: true });
writeFileSync(join(docs, 'commands.md'), commandReference(entries));
