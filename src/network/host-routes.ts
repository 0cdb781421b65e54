/** What the host's network already uses: its IPv4 routes and resolvers. */
import { readFile } from 'node:fs/promises';
import { type Network, parseAddress } from './address.ts';
import { parseResolvConf } from './resolv-conf.ts';

/** /proc/net/route writes addresses as hexadecimal numbers in the machine's (little-endian) order. */
const fromHex = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE(0);
const prefixOf = (mask: number): number => mask.toString(2).replace(/0/g, '').length;

/** Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask … Lines that are none are skipped. */
export const parseRoutes = (text: string): Network[] =>
  text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [destination = '', mask = ''] = [fields[1], fields[7]];
    if (!/^[0-9A-Fa-f]{8}$/.test(destination) || !/^[0-9A-Fa-f]{8}$/.test(mask)) return [];
    return [{ base: fromHex(destination), prefix: prefixOf(fromHex(mask)) }];
  });

/** The host's resolvers as networks of one: a resolver may lie beyond the default route. */
export const resolverNetworks = (resolvConf: string): Network[] =>
  parseResolvConf(resolvConf).nameservers.flatMap((server) => {
    const base = parseAddress(server);
    return base === undefined ? [] : [{ base, prefix: 32 }];
  });

const readOrEmpty = (path: string) => readFile(path, 'utf8').catch(() => '');

/** Routes and resolvers of the machine; empty where it has no network. */
export const readHostNetworks = async (files = { routes: '/proc/net/route', resolvConf: '/etc/resolv.conf' }): Promise<Network[]> => {
  const [routes, resolvConf] = await Promise.all([readOrEmpty(files.routes), readOrEmpty(files.resolvConf)]);
  return [...parseRoutes(routes), ...resolverNetworks(resolvConf)];
};
