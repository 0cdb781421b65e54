/** Options of commands that speak with a registry. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeAtomic } from '../host/files.ts';
import { authFileText } from '../images/auth-file.ts';
import type { BuildahSetup, RegistryOptions } from '../images/buildah.ts';
import { parseReference } from '../images/reference.ts';
import type { Options } from './options.ts';
import type { OptionSpec } from './words.ts';

export const REGISTRY_OPTIONS: readonly OptionSpec[] = [
  { flags: '--tls-verify', help: 'want a valid certificate (registries on this machine need none unless said)' },
  { flags: '--authfile <file>', help: 'log-ins, instead of the usual auth.json' },
  { flags: '--creds <user:password>', help: 'log in with these' },
  { flags: '--retry <n>', help: 'taken and not needed', hidden: true },
];

export interface RegistryWish extends RegistryOptions {
  /** `user:password` */
  credentials?: string;
}

export function registryWish(options: Options, cwd: string): RegistryWish {
  const authFile = options.text('authfile');
  const credentials = options.text('creds');
  return {
    ...(options.has('tls-verify') ? { tlsVerify: options.flag('tls-verify') } : {}),
    // buildah runs at `/`
    ...(authFile === undefined ? {} : { authFile: resolve(cwd, authFile) }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Credentials reach buildah in a file that only we can read, and that is there for as long as `use` takes. Throws USAGE, IMAGE_NAME. */
export async function withLogin<T>(
  setup: Pick<BuildahSetup, 'storageConf'>,
  images: readonly string[],
  { credentials, ...options }: RegistryWish,
  use: (options: RegistryOptions) => Promise<T>,
): Promise<T> {
  if (credentials === undefined) return use(options);
  const authFile = join(dirname(setup.storageConf), `auth-${randomUUID()}.json`);
  await writeAtomic(
    authFile,
    authFileText(
      images.map((image) => parseReference(image).domain),
      credentials,
    ),
  );
  try {
    return await use({ ...options, authFile });
  } finally {
    await rm(authFile, { force: true });
  }
}
