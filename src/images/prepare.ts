/** What buildah needs to find before it runs on our store: its configuration, and what the host lacks. */
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PodsteadError } from '../api/errors.ts';
import { makeDirectory, readIfExists, writeAtomic } from '../host/files.ts';
import { ACCEPTING_POLICY, type BuildahSetup, HELPER_DIRECTORIES, helperConf, storageConf } from './buildah.ts';

export interface Places {
  /** Where hosts have a policy.json. */
  policies: readonly string[];
  /** Ours, where there is none. */
  ownPolicy: string;
}

/** Writes storage.conf and the rest; gives the whole set-up. Cheap when nothing has changed. Throws IO. */
export async function prepareBuildah(wanted: Omit<BuildahSetup, 'policy' | 'containersConf'>, places: Places): Promise<BuildahSetup> {
  try {
    await makeDirectory(dirname(wanted.storageConf));
    await writeIfOther(wanted.storageConf, storageConf(wanted));
    return { ...wanted, ...(await ownPolicy(places)), ...(await standIns(dirname(wanted.storageConf))) };
  } catch (error) {
    throw new PodsteadError('IO', `cannot write the image store's configuration: ${String(error)}`, { cause: error });
  }
}

async function writeIfOther(file: string, text: string): Promise<void> {
  if ((await readIfExists(file))?.toString() !== text) await writeAtomic(file, text);
}

async function ownPolicy({ policies, ownPolicy: policy }: Places): Promise<{ policy?: string }> {
  if (policies.some((file) => existsSync(file))) return {};
  await writeIfOther(policy, ACCEPTING_POLICY);
  return { policy };
}

/**
 * Newer versions of buildah want to see netavark before they build anything, and never start it: our builds use the host's network.
 * Where it is not installed a link to `true` stands in for it.
 */
async function standIns(directory: string): Promise<{ containersConf?: string }> {
  if (HELPER_DIRECTORIES.some((helpers) => existsSync(join(helpers, 'netavark')))) return {};
  const helpers = join(directory, 'helpers');
  await makeDirectory(helpers);
  await symlink('/bin/true', join(helpers, 'netavark')).catch(ignoreExisting);
  const containersConf = join(helpers, 'containers.conf');
  await writeIfOther(containersConf, helperConf(helpers));
  return { containersConf };
}

const ignoreExisting = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};
