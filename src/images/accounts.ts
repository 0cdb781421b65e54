/** /etc/passwd and /etc/group of an image: who a container runs as. The rules are containerd's. Pure. */
import { PodsteadError } from '../api/errors.ts';

export interface Account {
  uid: number;
  gid: number;
  /** All groups, the primary one included. */
  additionalGids: number[];
  home: string;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}
interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

export interface AccountFiles {
  passwd: PasswdEntry[];
  group: GroupEntry[];
}

const ID = /^\d{1,10}$/;
const LARGEST_ID = 2 ** 31 - 1;
const toId = (text: string | undefined): number | undefined => {
  const value = text !== undefined && ID.test(text) ? Number(text) : undefined;
  return value !== undefined && value <= LARGEST_ID ? value : undefined;
};

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));

/** Lines that are no entries are skipped, as the C library does. */
export function parseAccounts(passwd: string | undefined, group: string | undefined): AccountFiles {
  return {
    passwd: rows(passwd ?? '').flatMap(([name, , uid, gid, , home]) => {
      const [u, g] = [toId(uid), toId(gid)];
      return name && u !== undefined && g !== undefined ? [{ name, uid: u, gid: g, home: home ?? '' }] : [];
    }),
    group: rows(group ?? '').flatMap(([name, , gid, members]) => {
      const g = toId(gid);
      return name && g !== undefined ? [{ name, gid: g, members: (members ?? '').split(',').filter((member) => member !== '') }] : [];
    }),
  };
}

/** The user of an image's config as Kubernetes takes it: a group behind a colon is not used. Empty means root. */
export function imageUser(user: string): { uid: number } | { name: string } {
  const [name = ''] = user.split(':');
  const uid = name === '' ? 0 : toId(name);
  return uid === undefined ? { name } : { uid };
}

export interface AccountQuestion {
  /** runAsUser, else imageUser(config.user). */
  user: { uid: number } | { name: string };
  runAsGroup?: number;
  /** supplementalGroups and fsGroup. */
  groups?: readonly number[];
  /** supplementalGroupsPolicy Strict: the image's groups do not count. */
  strict?: boolean;
}

/** Throws CONTAINER_CREATE for a name that the image does not have. */
export function findAccount(files: AccountFiles, question: AccountQuestion): Account {
  const { user } = question;
  const entry = files.passwd.find((row) => ('name' in user ? row.name === user.name : row.uid === user.uid));
  if (!entry && 'name' in user) {
    throw new PodsteadError('CONTAINER_CREATE', `unable to find user ${user.name}: no matching entries in passwd file`, {
      remedy: 'give a number in runAsUser, or add the user to the image',
    });
  }
  const uid = 'uid' in user ? user.uid : (entry?.uid ?? 0);
  const gid = question.runAsGroup ?? entry?.gid ?? 0;
  const ofImage = question.strict || !entry ? [] : files.group.filter((row) => row.name !== entry.name && row.members.includes(entry.name));
  const groups = new Set([gid, ...ofImage.map((row) => row.gid), ...(question.groups ?? [])]);
  return { uid, gid, additionalGids: [...groups], home: entry?.home || '/' };
}
