/** Log-ins for registries as files that buildah reads. Pure. */
import { PodsteadError } from '../api/errors.ts';

/** Text of an auth.json with one log-in for each registry. `credentials`: `user:password`. Throws USAGE, which does not repeat them. */
export function authFileText(registries: readonly string[], credentials: string): string {
  if (!/^[^:]+:/.test(credentials)) throw new PodsteadError('USAGE', '--creds is not of the form USER:PASSWORD');
  const auth = Buffer.from(credentials).toString('base64');
  return `${JSON.stringify({ auths: Object.fromEntries(registries.map((registry) => [registry, { auth }])) })}\n`;
}
