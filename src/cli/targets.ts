/** Which objects a command line means: `pods web`, `pod/web svc/web`, `deploy,svc`, `all`. Pure. */
import { PodsteadError } from '../api/errors.ts';
import { type KindInfo, kindByName, supportedKinds } from '../api/kinds.ts';
import { nearest } from '../api/suggestion.ts';

export interface Target {
  readonly kind: KindInfo;
  /** Absent: all of the kind. */
  readonly name?: string;
}

/** What `all` stands for, in kubectl's order. */
const ALL = ['Pod', 'Service', 'Deployment', 'ReplicaSet'];

/** Throws NOT_FOUND for a kind that does not exist, USAGE for words that do not fit together. */
export function parseTargets(words: readonly string[]): Target[] {
  if (words.some((word) => word.includes('/'))) return words.map(parseSlashed);
  const [first, ...names] = words;
  if (first === undefined)
    throw new PodsteadError('USAGE', 'say which objects', { remedy: 'for example: pods, deployment/web, pods web-1 web-2' });
  const kinds = [...new Set(first.split(',').flatMap(kindsOfWord))];
  if (names.length === 0) return kinds.map((kind) => ({ kind }));
  return kinds.flatMap((kind) => names.map((name) => ({ kind, name })));
}

/** `deployment/web` */
export function parseSlashed(word: string): Target & { name: string } {
  const [kind = '', name = '', ...more] = word.split('/');
  if (kind === '' || name === '' || more.length > 0) {
    throw new PodsteadError('USAGE', `${JSON.stringify(word)} is not KIND/NAME`, {
      remedy: 'either KIND NAME…, or KIND/NAME for each object',
    });
  }
  return { kind: namedKind(kind), name };
}

function kindsOfWord(word: string): KindInfo[] {
  if (word.toLowerCase() !== 'all') return [namedKind(word)];
  return ALL.flatMap((kind) => supportedKinds.filter((info) => info.kind === kind));
}

/** Throws NOT_FOUND for a kind that nobody knows, or that does not run here. */
export function namedKind(word: string): KindInfo {
  const kind = kindByName(word);
  if (kind?.supported) return kind;
  const remedy = 'podstead api-resources lists the kinds that run here';
  if (kind) throw new PodsteadError('NOT_FOUND', `podstead does not run objects of kind ${kind.kind} (${kind.apiVersion}) yet`, { remedy });
  const close = nearest(
    word,
    supportedKinds.flatMap((info) => [info.plural, info.singular]),
  );
  throw new PodsteadError('NOT_FOUND', `there is no kind of object ${JSON.stringify(word)}`, {
    remedy: close === undefined ? remedy : `did you mean ${JSON.stringify(close)}? ${remedy}`,
  });
}
