/**
 * The names of pods: one hosts file a pod in the directory that dnsmasq watches (--hostsdir). A new or replaced file is live at once; a
 * file must be emptied before it is removed, or older versions keep its names.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfExists, removeTree, writeAtomic } from '../host/files.ts';

export const CLUSTER_DOMAIN = 'cluster.local';

export interface PodNames {
  /** Its own address. */
  address: string;
  name: string;
  namespace: string;
  /** spec.hostname and spec.subdomain, where both are set. */
  hostname?: string | undefined;
  subdomain?: string | undefined;
}

/** Fully qualified, without the final dot. A Service of the same name takes the first from the pod. */
export const namesOf = (pod: PodNames, domain = CLUSTER_DOMAIN): string[] => {
  const names = [`${pod.name}.${pod.namespace}.svc.${domain}`, `${pod.address.replaceAll('.', '-')}.${pod.namespace}.pod.${domain}`];
  if (pod.subdomain) names.push(`${pod.hostname || pod.name}.${pod.subdomain}.${pod.namespace}.svc.${domain}`);
  return names;
};

const hostsLine = (pod: PodNames, domain = CLUSTER_DOMAIN): string => `${pod.address} ${namesOf(pod, domain).join(' ')}\n`;

export class PodDns {
  readonly #directory: string;
  /** What is on disk; read once. */
  #present: Map<string, string> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async add(uid: string, names: PodNames): Promise<void> {
    const text = hostsLine(names);
    if ((await this.#read()).get(uid) !== text) await this.#write(uid, text);
  }

  async remove(uid: string): Promise<void> {
    const present = await this.#read();
    if (!present.has(uid)) return;
    await this.#write(uid, '');
    await removeTree(join(this.#directory, uid));
    present.delete(uid);
  }

  async #write(uid: string, text: string): Promise<void> {
    await writeAtomic(join(this.#directory, uid), text, 0o644);
    (await this.#read()).set(uid, text);
  }

  async #read(): Promise<Map<string, string>> {
    if (this.#present) return this.#present;
    const present = new Map<string, string>();
    // names with a dot are temporaries of an atomic write, which dnsmasq does not read either
    for (const name of (await readdir(this.#directory).catch(() => [])).filter((n) => !n.includes('.'))) {
      const text = await readIfExists(join(this.#directory, name));
      if (text !== undefined) present.set(name, text.toString());
    }
    this.#present = present;
    return present;
  }
}
