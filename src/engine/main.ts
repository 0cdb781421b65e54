/** The engine's program: started by the holder, in our user and mount namespaces and the host's network. Ends itself when nothing is due. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enginePaths } from '../host/boot.ts';
import { findTools } from '../host/tools.ts';
import { Engine } from './engine.ts';

async function main(): Promise<void> {
  process.umask(0o022);
  const paths = enginePaths(process.env);
  const here = import.meta.dirname;
  for (const directory of [paths.data, paths.pods, paths.volumes, paths.images]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const engine = new Engine({
    paths,
    tools: findTools(process.env),
    podCidr: process.env['PD_CIDR'] ?? '',
    scripts: process.env['PD_SCRIPTS'] ?? join(here, 'scripts'),
    proberArgv: [process.execPath, join(here, 'prober.js')],
    // the holder reads it when we have ended
    rest: (due) => writeFileSync(paths.due, `${due}\n`, { mode: 0o600 }),
  });
  await engine.run();
  process.exit(process.exitCode ?? 0);
}

main().catch((error: unknown) => {
  process.stderr.write(`engine: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
