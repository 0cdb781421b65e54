/** Runs ensureHolder as a process of its own, as the command line does: PODSTEAD_TEST_ENGINE is the engine's argument list in JSON. */

import { PodsteadError } from '../../src/api/errors.ts';
import { loadPaths } from '../../src/host/boot.ts';
import { ensureHolder } from '../../src/host/launch.ts';
import { findTools } from '../../src/host/tools.ts';

try {
  const paths = await ensureHolder(loadPaths(process.env, process.getuid?.() ?? 0), findTools(process.env), {
    engine: JSON.parse(process.env['PODSTEAD_TEST_ENGINE'] ?? '["true"]'),
    network: () => ({ bridge: '10.244.0.1/16', cidr: '10.244.0.0/16' }),
    env: process.env,
  });
  console.log(paths.run);
} catch (error) {
  if (!(error instanceof PodsteadError)) throw error;
  console.log(`${error.code}: ${error.message}\n${error.remedy ?? ''}`);
  process.exitCode = 1;
}
