import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from '../../src/cli/reference.ts';
import { VERBS } from '../../src/cli/verbs.ts';

describe('docs/commands.md', () => {
  it('is what tools/generate-docs.ts writes now', async () => {
    const entries = await Promise.all(VERBS.map(async (verb) => ({ verb, command: await verb.load() })));
    assert.equal(readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8'), commandReference(entries));
  });
});
