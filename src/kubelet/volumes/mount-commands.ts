/** Shell text of the mounts that volumes need, for a worker in our mount namespace. */

/** A worker in our mount namespace: the status of the script. */
export interface MountShell {
  job(script: string, options: { timeoutMs: number }): Promise<number>;
}

export const MOUNT_TIMEOUT_MS = 10_000;

/** As one word for a shell. */
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Everybody may write, as in an emptyDir on disk; nothing in it can be a device or gain privileges. */
export function tmpfsScript(path: string, sizeBytes: number | undefined): string {
  const options = ['mode=0777', 'nosuid', 'nodev', ...(sizeBytes !== undefined && sizeBytes > 0 ? [`size=${sizeBytes}`] : [])].join(',');
  return `mount -n -i -t tmpfs -o ${options} tmpfs ${quote(path)}`;
}

/** `source`: /proc/PID/fd/N, which -c keeps as it is: the mount is of what is open, whatever its path has become. */
export const bindScript = (source: string, target: string): string => `mount -n -i -c --bind ${quote(source)} ${quote(target)}`;

/** Detached: a container that still has it keeps it, the path is free at once. */
export const unmountScript = (points: readonly string[]): string => `umount -n -l -- ${points.map(quote).join(' ')}`;
