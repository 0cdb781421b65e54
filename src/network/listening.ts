/** Who listens on this machine: /proc/net/tcp and tcp6, and the processes behind them as far as they may be seen. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { canonicalIp, type HostPort, portsOverlap } from './published.ts';

export interface Listening extends HostPort {
  readonly uid: number;
  readonly inode: string;
}

const LISTEN = '0A';

/** Hexadecimal 32-bit words in the machine's (little-endian) order. */
const addressFromHex = (hex: string): string | undefined => {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length === 4) return [...bytes].reverse().join('.');
  if (bytes.length !== 16) return undefined;
  const groups = bytes.swap32().toString('hex').match(/.{4}/g) ?? [];
  return canonicalIp(groups.join(':'));
};

/** Text of /proc/net/tcp or tcp6: the listening sockets. */
export const parseListening = (text: string): Listening[] =>
  text.split('\n').flatMap((line): Listening[] => {
    const [, local = '', , state, , , , uid = '', , inode = ''] = line.trim().split(/\s+/);
    if (state !== LISTEN) return [];
    const [address = '', port = ''] = local.split(':');
    const hostIp = addressFromHex(address);
    return hostIp === undefined ? [] : [{ hostIp, hostPort: Number.parseInt(port, 16), protocol: 'TCP', uid: Number(uid), inode }];
  });

const readOrEmpty = (path: string) => readFile(path, 'utf8').catch(() => '');

/** The listening sockets of this process's network namespace. */
export const readListening = async (proc = '/proc'): Promise<Listening[]> => {
  const texts = await Promise.all([readOrEmpty(`${proc}/net/tcp`), readOrEmpty(`${proc}/net/tcp6`)]);
  return texts.flatMap(parseListening);
};

/** Ports below it are the privileged user's. */
export const readUnprivilegedPortStart = async (proc = '/proc'): Promise<number> => {
  const value = Number.parseInt(await readOrEmpty(`${proc}/sys/net/ipv4/ip_unprivileged_port_start`), 10);
  return Number.isNaN(value) ? 1024 : value;
};

/** Does the process have that socket open? */
export const holdsSocket = async (pid: number, inode: string, proc = '/proc'): Promise<boolean> => {
  const names = await readdir(`${proc}/${pid}/fd`).catch(() => []);
  for (const name of names) {
    if ((await readlink(`${proc}/${pid}/fd/${name}`).catch(() => '')) === `socket:[${inode}]`) return true;
  }
  return false;
};

export interface SocketHolder {
  /** Absent when its process is not ours to see. */
  pid?: number;
  /** The program's name. */
  process?: string;
  uid: number;
  /** Absent when /etc/passwd does not know the uid. */
  user?: string;
}

const userName = async (uid: number): Promise<string | undefined> => {
  const passwd = await readOrEmpty('/etc/passwd');
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[2] === String(uid))?.[0];
};

/** Looks through the processes that we may see: only for an error message. */
export const findHolder = async (socket: Listening, proc = '/proc'): Promise<SocketHolder> => {
  for (const name of await readdir(proc).catch(() => [])) {
    if (!/^\d+$/.test(name) || !(await holdsSocket(Number(name), socket.inode, proc))) continue;
    const process = (await readOrEmpty(`${proc}/${name}/comm`)).trim();
    return { pid: Number(name), ...(process === '' ? {} : { process }), uid: socket.uid };
  }
  const user = await userName(socket.uid);
  return { uid: socket.uid, ...(user === undefined ? {} : { user }) };
};

const OVERFLOW_UID = 65_534;

/** `nginx (pid 812)`, else `a process of user www-data (uid 33)`. */
export const describeHolder = (holder: SocketHolder): string => {
  // inside a user namespace everybody who is not in it has this number
  if (holder.uid === OVERFLOW_UID) return 'a process of another user';
  if (holder.pid !== undefined) return `${holder.process ?? 'a process'} (pid ${holder.pid})`;
  return holder.user === undefined ? `a process of uid ${holder.uid}` : `a process of user ${holder.user} (uid ${holder.uid})`;
};

/** The socket that stands in the way of a port. */
export const socketInTheWay = (port: HostPort, listening: readonly Listening[]): Listening | undefined =>
  listening.find((socket) => portsOverlap(port, socket));
