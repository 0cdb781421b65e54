/** What /proc/self/mountinfo says. Pure. */

/** Octal escapes of space, tab, newline and backslash. */
const plainText = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Mount points, in the order of mounting; a place with two mounts is there twice. */
export const mountPoints = (mountinfo: string): string[] =>
  mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => plainText(line.split(' ')[4] ?? ''));

/** At a directory and below it, last mounted first: the order in which they can be unmounted. */
export const mountsBelow = (points: readonly string[], directory: string): string[] =>
  points.filter((point) => point === directory || point.startsWith(`${directory}/`)).reverse();
