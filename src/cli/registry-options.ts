/** Options of commands that speak with a registry. */
import type { RegistryOptions } from '../images/buildah.ts';
import type { Options } from './options.ts';
import type { OptionSpec } from './words.ts';

export const REGISTRY_OPTIONS: readonly OptionSpec[] = [
  { flags: '--tls-verify', help: 'want a valid certificate (registries on this machine need none unless said)' },
  { flags: '--authfile <file>', help: 'log-ins, instead of the usual auth.json' },
  { flags: '--creds <user:password>', help: 'log in with these' },
  { flags: '--retry <n>', help: 'taken and not needed', hidden: true },
];

export function registryOptions(options: Options): RegistryOptions {
  const authFile = options.text('authfile');
  const credentials = options.text('creds');
  return {
    ...(options.has('tls-verify') ? { tlsVerify: options.flag('tls-verify') } : {}),
    ...(authFile === undefined ? {} : { authFile }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}
