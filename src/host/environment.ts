/** What of the caller's environment goes on to the holder and the engine, which serve later callers as well. Pure. */
import { toolPath } from './tools.ts';

const KEEP = new Set([
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'REGISTRY_AUTH_FILE',
  'DOCKER_CONFIG',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
]);
const KEEP_PREFIXES = ['LC_', 'XDG_', 'PODSTEAD_', 'CONTAINERS_REGISTRIES_'];

export const serviceEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> => {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (KEEP.has(entry[0]) || KEEP_PREFIXES.some((prefix) => entry[0].startsWith(prefix))),
  );
  return { ...Object.fromEntries(kept), PATH: toolPath(env['PATH']) };
};
