/** The text that gives a pod its network: run by `ip -batch` in the pod's network namespace, from the infra container's hook. Pure. */
import { type PodRange, parseAddress } from './address.ts';

/** The pod's end, as on a cluster. */
export const POD_INTERFACE = 'eth0';
export const BRIDGE_INTERFACE = 'br0';
/** Interface names hold 15 characters. */
const NAME_LENGTH = 15;

/** The bridge's end of a pod's cable; `sandboxId` is 32 hex digits, of which 56 bits are told apart. */
export const vethName = (sandboxId: string): string => `v${sandboxId.slice(0, NAME_LENGTH - 1)}`;

/**
 * Made from the address, so that whoever remembers the neighbour of an address that was given to another pod is right all the same.
 */
export const hardwareAddress = (address: string): string => {
  const value = parseAddress(address) ?? 0;
  return ['0a', '58', ...[24, 16, 8, 0].map((shift) => ((value >>> shift) & 255).toString(16).padStart(2, '0'))].join(':');
};

/** ip splits at blanks unless quoted; a quote inside a name cannot be written at all. */
const word = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);

export interface VethInput {
  range: PodRange;
  address: string;
  sandboxId: string;
  /** Path of the node's network namespace. */
  nodeNamespace: string;
}

export const vethBatch = ({ range, address, sandboxId, nodeNamespace }: VethInput): string =>
  [
    `link add ${POD_INTERFACE} address ${hardwareAddress(address)} type veth peer name ${vethName(sandboxId)} netns ${word(nodeNamespace)}`,
    'link set lo up',
    `addr add ${address}/${range.prefix} dev ${POD_INTERFACE}`,
    `link set ${POD_INTERFACE} up`,
    `route add default via ${range.bridge}`,
    '',
  ].join('\n');

/** The line for the bridge that plugs the other end in. */
export const attachLine = (sandboxId: string): string => `link set ${vethName(sandboxId)} master ${BRIDGE_INTERFACE} up`;
