/** Host names, DNS and host ports of a pod. */

import { flagAt, has, itemsAt, numberAt, recordAt, stringsAt, textAt } from '../fields.ts';
import { ipFamily } from '../ip.ts';
import type { JsonObject } from '../json.ts';
import { checkLabel, checkSubdomain } from '../name.ts';
import type { Report } from './report.ts';

const POLICIES = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
const MAX = { nameservers: 3, searches: 32, searchLength: 2048, hostname: 64 };
const SEARCH = /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?)*$/;

export const checkIp = (text: string): string[] => (ipFamily(text) === 0 ? ['is not an IP address'] : []);

const checkSearches = (searches: readonly string[], path: string, report: Report): void => {
  if (searches.length > MAX.searches) report.invalid(path, searches.length, `at most ${MAX.searches}`);
  if (searches.join(' ').length > MAX.searchLength) report.invalid(path, '…', `at most ${MAX.searchLength} characters together`);
  for (const [i, search] of searches.entries()) {
    const name = search.replace(/\.$/, '');
    if (search !== '.' && (name.length > 253 || !SEARCH.test(name))) report.invalid(`${path}[${i}]`, search, 'is not a DNS name');
  }
};

export const checkDns = (spec: JsonObject, path: string, report: Report): void => {
  const policy = textAt(spec, 'dnsPolicy');
  const config = recordAt(spec, 'dnsConfig');
  const at = `${path}.dnsConfig`;
  report.oneOf(`${path}.dnsPolicy`, policy, POLICIES);
  if (policy === 'None' && !config) report.required(at, 'dnsPolicy: None needs it');
  if (!config) return;
  const servers = stringsAt(config, 'nameservers');
  if (policy === 'None' && servers.length === 0) report.required(`${at}.nameservers`, 'dnsPolicy: None needs them');
  if (servers.length > MAX.nameservers) report.invalid(`${at}.nameservers`, servers, `at most ${MAX.nameservers}`);
  for (const [i, server] of servers.entries()) report.invalidAll(`${at}.nameservers[${i}]`, server, checkIp(server));
  checkSearches(stringsAt(config, 'searches'), `${at}.searches`, report);
  for (const [i, option] of itemsAt(config, 'options')) if (textAt(option, 'name') === '') report.required(`${at}.options[${i}]`);
};

export const checkHostAliases = (spec: JsonObject, path: string, report: Report): void => {
  for (const [i, alias] of itemsAt(spec, 'hostAliases')) {
    const at = `${path}.hostAliases[${i}]`;
    report.invalidAll(`${at}.ip`, textAt(alias, 'ip'), checkIp(textAt(alias, 'ip')));
    for (const [j, name] of stringsAt(alias, 'hostnames').entries()) report.invalidAll(`${at}.hostnames[${j}]`, name, checkSubdomain(name));
  }
};

const checkOverride = (spec: JsonObject, path: string, report: Report): void => {
  if (!has(spec, 'hostnameOverride')) return;
  const name = textAt(spec, 'hostnameOverride');
  const at = `${path}.hostnameOverride`;
  if (name.length > MAX.hostname) report.tooLong(at, MAX.hostname);
  report.invalidAll(at, name, checkSubdomain(name));
  if (flagAt(spec, 'setHostnameAsFQDN')) report.forbidden(at, 'setHostnameAsFQDN and hostnameOverride exclude each other');
  if (flagAt(spec, 'hostNetwork')) report.forbidden(at, 'hostNetwork and hostnameOverride exclude each other');
};

export const checkHostnames = (spec: JsonObject, path: string, report: Report): void => {
  for (const field of ['hostname', 'subdomain']) {
    const name = textAt(spec, field);
    if (name !== '') report.invalidAll(`${path}.${field}`, name, checkLabel(name));
  }
  checkOverride(spec, path, report);
};

/** `isPod` false: a template, whose host ports are filled in later. */
export const checkHostNetwork = (spec: JsonObject, path: string, isPod: boolean, report: Report): void => {
  if (flagAt(spec, 'hostNetwork'))
    for (const [i, container] of itemsAt(spec, 'containers'))
      for (const [j, port] of itemsAt(container, 'ports')) {
        const [host, inner] = [numberAt(port, 'hostPort') ?? 0, numberAt(port, 'containerPort') ?? 0];
        if ((isPod || host !== 0) && host !== inner)
          report.invalid(`${path}.containers[${i}].ports[${j}].hostPort`, host, 'must be the containerPort with hostNetwork: true');
      }
  if (spec['hostUsers'] !== false) return;
  for (const [flag, name] of [
    ['hostNetwork', 'hostNetwork'],
    ['hostPID', 'HostPID'],
    ['hostIPC', 'HostIPC'],
  ] as const)
    if (flagAt(spec, flag)) report.at(`${path}.${flag}`, () => report.forbidden(`${path}.${name}`, 'not with hostUsers: false'));
};
