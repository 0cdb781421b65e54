/** The commands: their words, and where each is loaded from when it is called. */
import { PodsteadError } from '../api/errors.ts';
import { nearest } from '../api/suggestion.ts';
import type { Command } from './command.ts';

export const GROUPS = ['Manifests', 'Objects', 'Containers', 'Images', 'This machine'] as const;

export interface Verb {
  /** The first spelling is the command's name. */
  readonly spellings: readonly [string, ...string[]];
  readonly group: (typeof GROUPS)[number];
  /** One line. */
  readonly summary: string;
  load(): Promise<Command>;
}

export const VERBS: readonly Verb[] = [
  {
    spellings: ['play kube', 'kube play'],
    group: 'Manifests',
    summary: 'Run manifests and wait until everything has started',
    load: async () => (await import('./commands/play.ts')).play,
  },
  {
    spellings: ['kube down'],
    group: 'Manifests',
    summary: 'Delete what manifests name',
    load: async () => (await import('./commands/down.ts')).down,
  },
  {
    spellings: ['apply'],
    group: 'Manifests',
    summary: 'Store the objects of manifests, and return at once',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  {
    spellings: ['create'],
    group: 'Manifests',
    summary: 'Store the objects of manifests, which must not exist yet',
    load: async () => (await import('./commands/create.ts')).create,
  },
  {
    spellings: ['generate kube', 'kube generate'],
    group: 'Manifests',
    summary: 'Print what runs as a manifest that plays again',
    load: async () => (await import('./commands/generate.ts')).generate,
  },
  {
    spellings: ['validate'],
    group: 'Manifests',
    summary: 'Check manifests without doing anything',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    spellings: ['get'],
    group: 'Objects',
    summary: 'List objects',
    load: async () => (await import('./commands/get.ts')).get,
  },
  {
    spellings: ['delete'],
    group: 'Objects',
    summary: 'Delete objects',
    load: async () => (await import('./commands/delete.ts')).remove,
  },
  {
    spellings: ['scale'],
    group: 'Objects',
    summary: 'Set how many pods a Deployment or ReplicaSet has',
    load: async () => (await import('./commands/scale.ts')).scale,
  },
  {
    spellings: ['rollout status'],
    group: 'Objects',
    summary: 'Wait until a Deployment is rolled out',
    load: async () => (await import('./commands/rollout.ts')).rolloutStatus,
  },
  {
    spellings: ['wait'],
    group: 'Objects',
    summary: 'Wait until objects are as wanted, or gone',
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  {
    spellings: ['events'],
    group: 'Objects',
    summary: 'Show what happened to objects, oldest first',
    load: async () => (await import('./commands/events.ts')).events,
  },
  {
    spellings: ['api-resources'],
    group: 'Objects',
    summary: 'List the kinds of objects that run here',
    load: async () => (await import('./commands/api-resources.ts')).apiResources,
  },
  {
    spellings: ['ps'],
    group: 'Containers',
    summary: 'List containers',
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  {
    spellings: ['logs'],
    group: 'Containers',
    summary: 'Show what containers have written',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    spellings: ['pod logs'],
    group: 'Containers',
    summary: 'Show what all containers of a pod have written',
    load: async () => (await import('./commands/logs.ts')).podLogs,
  },
  {
    spellings: ['exec'],
    group: 'Containers',
    summary: 'Run a command in a container',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    spellings: ['inspect', 'container inspect'],
    group: 'Containers',
    summary: 'Show everything about containers, pods and images, as JSON',
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  {
    spellings: ['build'],
    group: 'Images',
    summary: 'Build an image from a Containerfile',
    load: async () => (await import('./commands/build.ts')).build,
  },
  {
    spellings: ['pull'],
    group: 'Images',
    summary: 'Get an image from a registry',
    load: async () => (await import('./commands/pull.ts')).pull,
  },
  {
    spellings: ['push'],
    group: 'Images',
    summary: 'Send an image to a registry',
    load: async () => (await import('./commands/push.ts')).push,
  },
  {
    spellings: ['images', 'image ls'],
    group: 'Images',
    summary: 'List images',
    load: async () => (await import('./commands/images.ts')).images,
  },
  {
    spellings: ['rmi', 'image rm'],
    group: 'Images',
    summary: 'Remove images',
    load: async () => (await import('./commands/rmi.ts')).rmi,
  },
  {
    spellings: ['tag'],
    group: 'Images',
    summary: 'Give an image another name',
    load: async () => (await import('./commands/tag.ts')).tag,
  },
  {
    spellings: ['doctor'],
    group: 'This machine',
    summary: 'Check what this machine offers, and say how to fix what is missing',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    spellings: ['info'],
    group: 'This machine',
    summary: 'Show where everything is and what runs',
    load: async () => (await import('./commands/info.ts')).info,
  },
  {
    spellings: ['version'],
    group: 'This machine',
    summary: 'Show the version of podstead',
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    spellings: ['resume'],
    group: 'This machine',
    summary: 'Start again what should run, after a restart of the machine or system down',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    spellings: ['system down'],
    group: 'This machine',
    summary: 'Stop everything, and keep it for resume',
    load: async () => (await import('./commands/system-down.ts')).systemDown,
  },
  {
    spellings: ['system reset'],
    group: 'This machine',
    summary: 'Remove everything: objects, data, images',
    load: async () => (await import('./commands/system-reset.ts')).systemReset,
  },
];

/** What the first words of a command line call for. */
export type Call = { verb: Verb; args: string[] } | { help: readonly Verb[] };

/** Throws USAGE. */
export function resolveVerb(argv: readonly string[]): Call {
  const at = firstWord(argv);
  if (at === 'help') return { help: VERBS };
  if (at === 'version') return { verb: verbOf(['version']), args: [] };
  const before = argv.slice(0, at);
  const words = argv.slice(at);
  if (words.length === 0) return { help: VERBS };
  if (words[0] === 'help') return words.length === 1 ? { help: VERBS } : resolveVerb([...words.slice(1), '--help']);
  for (const length of [2, 1]) {
    const spelling = words.slice(0, length).join(' ');
    const verb = VERBS.find((v) => v.spellings.includes(spelling));
    if (verb) return { verb, args: [...before, ...words.slice(length)] };
  }
  return { help: groupOf(words) };
}

const verbOf = (words: readonly string[]): Verb => {
  const verb = VERBS.find((v) => v.spellings.includes(words.join(' ')));
  if (!verb) throw new PodsteadError('USAGE', `there is no command ${words.join(' ')}`);
  return verb;
};

/** `kube --help`: the commands that begin so. Throws USAGE for words that begin none. */
function groupOf(words: readonly string[]): Verb[] {
  const [first = '', second] = words;
  const group = VERBS.filter((verb) => verb.spellings.some((s) => s.startsWith(`${first} `)));
  const remedy = (word: string, choices: readonly string[]) => {
    const close = nearest(word, choices);
    return close === undefined
      ? 'podstead --help lists the commands'
      : `did you mean ${JSON.stringify(close)}? podstead --help lists the commands`;
  };
  const spellings = VERBS.flatMap((verb) => verb.spellings);
  if (group.length === 0) {
    throw new PodsteadError('USAGE', `there is no command ${JSON.stringify(first)}`, { remedy: remedy(first, spellings) });
  }
  if (second === undefined || second === '--help' || second === '-h') return group;
  const spelling = `${first} ${second}`;
  throw new PodsteadError('USAGE', `there is no command ${JSON.stringify(spelling)}`, { remedy: remedy(spelling, spellings) });
}

/** Where the command begins, after options that every command has. */
function firstWord(argv: readonly string[]): number | 'help' | 'version' {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '-h' || word === '--help') return 'help';
    if (word === '-v' || word === '--version') return 'version';
    if (word === '-n' || word === '--namespace') i++;
    else if (!/^(--debug|--namespace=.*|-n.+)$/s.test(word)) {
      if (!word.startsWith('-')) return i;
      throw new PodsteadError('USAGE', `unknown option ${word} before the command`, { remedy: 'podstead --help' });
    }
  }
  return argv.length;
}
