/** Names of images: `nginx`, `localhost/app:1`, `registry.example:5000/team/app@sha256:…`. */
import { PodsteadError } from '../api/errors.ts';

export interface ImageReference {
  /** Registry host, with its port: `docker.io` when none is written. */
  domain: string;
  /** `library/nginx` */
  path: string;
  tag?: string;
  /** `sha256:…` */
  digest?: string;
}

const DEFAULT_DOMAIN = 'docker.io';
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,}$/;

const wrong = (text: string, why: string): PodsteadError =>
  new PodsteadError('IMAGE_NAME', `couldn't parse image name ${JSON.stringify(text)}: ${why}`, {
    remedy: 'names look like nginx, nginx:1.27, localhost/app:1 or registry.example:5000/team/app:2',
  });

/** Is the first part of a name a registry host? */
const isDomain = (part: string): boolean => part.includes('.') || part.includes(':') || part === 'localhost' || part !== part.toLowerCase();

function splitTagAndDigest(text: string): { name: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const digest = at >= 0 ? text.slice(at + 1) : undefined;
  if (digest !== undefined && !DIGEST.test(digest)) throw wrong(text, 'invalid digest');
  const rest = at >= 0 ? text.slice(0, at) : text;
  const colon = rest.lastIndexOf(':');
  // a colon before a slash belongs to the port of the registry
  const hasTag = colon >= 0 && !rest.slice(colon).includes('/');
  const tag = hasTag ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw wrong(text, 'invalid tag');
  return { name: hasTag ? rest.slice(0, colon) : rest, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/** As docker normalises names: `nginx` is docker.io/library/nginx. No tag is filled in. Throws IMAGE_NAME. */
export function parseReference(text: string): ImageReference {
  const { name, ...version } = splitTagAndDigest(text);
  if (name === '') throw wrong(text, 'the name is empty');
  const slash = name.indexOf('/');
  const first = slash >= 0 ? name.slice(0, slash) : '';
  const explicit = slash >= 0 && isDomain(first);
  const domain = explicit ? (first === 'index.docker.io' ? DEFAULT_DOMAIN : first) : DEFAULT_DOMAIN;
  let path = explicit ? name.slice(slash + 1) : name;
  if (domain === DEFAULT_DOMAIN && !path.includes('/')) path = `library/${path}`;
  if (!DOMAIN.test(domain)) throw wrong(text, `${JSON.stringify(domain)} is not a registry host`);
  for (const part of path.split('/')) {
    if (part !== part.toLowerCase()) throw wrong(text, 'repository name must be lowercase');
    if (!COMPONENT.test(part)) throw wrong(text, 'invalid reference format');
  }
  if (`${domain}/${path}`.length > 255) throw wrong(text, 'repository name must not be more than 255 characters');
  return { domain, path, ...version };
}

/** Without tag and digest: `docker.io/library/nginx`. */
export const repositoryOf = (reference: ImageReference): string => `${reference.domain}/${reference.path}`;

/** The full name; a name with neither tag nor digest gets `latest`. With both, the tag is dropped, as in storage and on pulls. */
export function formatReference(reference: ImageReference): string {
  const repository = repositoryOf(reference);
  if (reference.digest !== undefined) return `${repository}@${reference.digest}`;
  return `${repository}:${reference.tag ?? 'latest'}`;
}

/** Built here, known nowhere else: never pulled. */
export const isLocal = (reference: ImageReference): boolean => reference.domain === 'localhost';

/** The policy that Kubernetes fills in. */
export const isLatest = (reference: ImageReference): boolean => reference.digest === undefined && (reference.tag ?? 'latest') === 'latest';

/** A name without a registry is ours: `app` becomes localhost/app:latest. Throws IMAGE_NAME. */
export function localName(name: string): string {
  const reference = parseReference(name);
  const written = name.startsWith('docker.io/') || name.startsWith('index.docker.io/');
  if (reference.domain !== 'docker.io' || written) return formatReference(reference);
  return formatReference({ ...reference, domain: 'localhost', path: reference.path.replace(/^library\//, '') });
}
