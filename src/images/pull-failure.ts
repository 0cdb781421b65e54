/** Why a pull failed, from what buildah says. Pure. */
import { PodsteadError } from '../api/errors.ts';

export type PullFailureKind = 'not-found' | 'auth' | 'network' | 'rate-limit' | 'name' | 'signature' | 'disk' | 'other';

/** The first that fits counts: what comes from the network may quote names and numbers of any kind. */
const PATTERNS: readonly [PullFailureKind, RegExp][] = [
  ['network', /dial tcp|no such host|connection refused|i\/o timeout|network is unreachable|no route to host|tls:|x509|connection reset/i],
  ['disk', /no space left on device|disk quota exceeded/i],
  ['rate-limit', /toomanyrequests|too many requests|rate limit/i],
  ['not-found', /manifest unknown|name unknown|not found|repository .*does not exist/i],
  ['auth', /unauthorized|authentication required|access .*denied|denied:|invalid username|forbidden/i],
  ['signature', /source image rejected|signature/i],
  ['name', /invalid reference format|parsing (?:image|reference)|must be lowercase/i],
  ['network', /EOF|timeout/],
];

const REMEDIES: Readonly<Record<PullFailureKind, string>> = {
  'not-found': 'check the name and the tag',
  auth: 'log in: buildah login --authfile ~/.config/containers/auth.json REGISTRY (private images of other projects look like missing ones)',
  network: 'check the connection to the registry, and its address',
  'rate-limit': 'wait, or log in to the registry',
  name: 'correct the name of the image',
  signature: 'the signature policy (policy.json) does not accept this image',
  disk: 'make room on the disk: podstead rmi removes images',
  other: 'podstead pull IMAGE shows the whole output',
};

export class PullFailure extends PodsteadError {
  readonly kind: PullFailureKind;
  constructor(image: string, kind: PullFailureKind, said: string, cause?: unknown) {
    super('IMAGE_NOT_FOUND', `failed to pull image "${image}": ${said}`, { remedy: REMEDIES[kind], cause });
    this.kind = kind;
  }
}

/** The last thing buildah said, without its decorations; a registry may give several reasons, a line each. */
export function pullReason(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const at = lines.findLastIndex((line) => line.startsWith('Error: ') || /^time=.* level=(error|fatal)/.test(line));
  const text = lines.slice(at < 0 ? -1 : at).join(' ') || 'buildah said nothing';
  return text
    .replace(/^Error: /, '')
    .replace(/^time="[^"]*" level=\w+ msg=/, '')
    .replace(/^"(.*)"$/, '$1');
}

export const classifyPull = (reason: string): PullFailureKind => PATTERNS.find(([, pattern]) => pattern.test(reason))?.[0] ?? 'other';

export function pullFailure(image: string, stderr: string, cause?: unknown): PullFailure {
  const said = pullReason(stderr);
  return new PullFailure(image, classifyPull(said), said, cause);
}
