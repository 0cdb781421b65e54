/** The pods' IPv4 range and who gets which address of it. Pure: routes and taken addresses are arguments. */
import { PodsteadError } from '../api/errors.ts';

/** An IPv4 network. `base` is its lowest address as a number (0…2^32-1). */
export interface Network {
  readonly base: number;
  /** 0…32. */
  readonly prefix: number;
}

/** The range pods live in. */
export interface PodRange extends Network {
  /** `10.244.0.0/16` */
  readonly cidr: string;
  /** The bridge, which is the pods' gateway and name server: the first address. */
  readonly bridge: string;
  /** How many pods fit: all but the network, the bridge and the broadcast address. */
  readonly capacity: number;
}

const SIZE = 2 ** 32;
const blockOf = (prefix: number) => 2 ** (32 - prefix);

/** undefined when it is not four numbers of 0 to 255. */
export const parseAddress = (text: string): number | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
};

export const formatAddress = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** undefined when it is not `a.b.c.d/n`. Bits below the prefix are dropped. */
export const parseNetwork = (text: string): Network | undefined => {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const value = parseAddress(address);
  if (value === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  return { base: value - (value % blockOf(Number(prefix))), prefix: Number(prefix) };
};

export const formatNetwork = (network: Network): string => `${formatAddress(network.base)}/${network.prefix}`;

export const overlap = (a: Network, b: Network): boolean => a.base < b.base + blockOf(b.prefix) && b.base < a.base + blockOf(a.prefix);

export const inRange = (range: Network, address: string): boolean => {
  const value = parseAddress(address);
  return value !== undefined && overlap(range, { base: value, prefix: 32 });
};

const toRange = (network: Network): PodRange => ({
  ...network,
  cidr: formatNetwork(network),
  bridge: formatAddress(network.base + 1),
  capacity: blockOf(network.prefix) - 3,
});

/** What no pod may have: this host, link-local (the way to the host's resolver lies there), multicast and above. */
const RESERVED = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];
/** Tried in this order; the first is what clusters commonly use. */
export const CANDIDATES: readonly string[] = [
  ...Array.from({ length: 12 }, (_, i) => `10.${244 + i}.0.0/16`),
  '172.30.0.0/16',
  '172.31.0.0/16',
  ...Array.from({ length: 55 }, (_, i) => `192.168.${200 + i}.0/24`),
];
/** A route this wide is a way to everywhere (a default route, or a VPN's two halves of one), not a neighbour. */
const WIDE = 7;

const refuse = (message: string, remedy: string) => new PodsteadError('ADDRESS_RANGE', message, { remedy });
const VARIABLE = 'PODSTEAD_POD_CIDR';

/** Throws ADDRESS_RANGE for what is no usable range. */
export const parsePodRange = (text: string): PodRange => {
  const remedy = `set ${VARIABLE} to a private network such as 10.244.0.0/16, or unset it`;
  const network = parseNetwork(text);
  if (!network) throw refuse(`${VARIABLE}=${text}: not an IPv4 network like 10.244.0.0/16`, remedy);
  if (formatNetwork(network) !== text)
    throw refuse(`${VARIABLE}=${text}: the network of this address is ${formatNetwork(network)}`, remedy);
  if (network.prefix < 8 || network.prefix > 29) throw refuse(`${VARIABLE}=${text}: the prefix must be from /8 to /29`, remedy);
  const reserved = RESERVED.find((r) => overlap(network, parseNetwork(r) ?? network));
  if (reserved) throw refuse(`${VARIABLE}=${text}: ${reserved} is reserved`, remedy);
  return toRange(network);
};

const colliding = (network: Network, routes: readonly Network[]) => routes.find((r) => r.prefix > WIDE && overlap(network, r));

/**
 * The range for a new node network: what the user configured, else the first candidate that no route of the host leads to.
 * Throws ADDRESS_RANGE.
 */
export const choosePodRange = (configured: string | undefined, routes: readonly Network[]): PodRange => {
  if (configured !== undefined && configured !== '') {
    const range = parsePodRange(configured);
    const route = colliding(range, routes);
    if (!route) return range;
    const message = `${VARIABLE}=${configured}: this machine has a route to ${formatNetwork(route)}, which pods could not reach any more`;
    throw refuse(message, `choose a network that is not used here (ip route shows them), or unset ${VARIABLE}`);
  }
  for (const candidate of CANDIDATES) {
    const network = parseNetwork(candidate);
    if (network && !colliding(network, routes)) return toRange(network);
  }
  throw refuse("every network that podstead tries for pods is in use by this machine's routes", `set ${VARIABLE} to a free IPv4 network`);
};

/** So long after its pod's end an address is given to nobody else: connections and caches still know it. */
export const QUARANTINE_MS = 60_000;

/**
 * The lowest free address. Of those freed within the last minute the one freed first is taken, and only when nothing else is free.
 * `freed` maps an address to when it became free (ms since the epoch). Throws ADDRESS_RANGE when the range is full.
 */
export const allocateAddress = (range: PodRange, taken: ReadonlySet<string>, freed: ReadonlyMap<string, number>, now: number): string => {
  let oldest: string | undefined;
  for (let value = range.base + 2; value < range.base + 2 + range.capacity; value++) {
    const address = formatAddress(value);
    if (taken.has(address)) continue;
    const since = freed.get(address);
    if (since === undefined || now - since >= QUARANTINE_MS) return address;
    if (oldest === undefined || since < (freed.get(oldest) ?? SIZE)) oldest = address;
  }
  if (oldest !== undefined) return oldest;
  throw refuse(
    `no free address in ${range.cidr}: it holds ${range.capacity} pods`,
    `delete pods, or set ${VARIABLE} to a larger network and run podstead system down`,
  );
};

/** The addresses worth keeping in `freed`: everything older has served its time. */
export const stillQuarantined = (freed: ReadonlyMap<string, number>, now: number): Map<string, number> =>
  new Map([...freed].filter(([, since]) => now - since < QUARANTINE_MS));
