/** Shell text of the mounts that volumes need, for a worker in our mount namespace. */
import { quote, quoteAll } from '../../host/worker.ts';

/** A worker in our mount namespace: the status of the script. */
export interface MountShell {
  job(script: string, options: { timeoutMs: number }): Promise<number>;
}

export const MOUNT_TIMEOUT_MS = 10_000;
/** A job must not touch its worker's pipes. */
const SILENT = '</dev/null >/dev/null 2>&1';

/** Everybody may write, as in an emptyDir on disk; nothing in it can be a device or gain privileges. */
export function tmpfsScript(path: string, sizeBytes: number | undefined): string {
  const options = ['mode=0777', 'nosuid', 'nodev', ...(sizeBytes !== undefined && sizeBytes > 0 ? [`size=${sizeBytes}`] : [])].join(',');
  return `mount -n -i -t tmpfs -o ${options} tmpfs ${quote(path)} ${SILENT}`;
}

/** `source`: /proc/PID/fd/N, which -c keeps as it is: the mount is of what is open, whatever its path has become. */
export const bindScript = (source: string, target: string): string => `mount -n -i -c --bind ${quote(source)} ${quote(target)} ${SILENT}`;

/** Detached: a container that still has it keeps it, the path is free at once. */
export const unmountScript = (points: readonly string[]): string => `umount -n -l -- ${quoteAll(points)} ${SILENT}`;
