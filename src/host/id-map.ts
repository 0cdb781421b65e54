/** The ids that root's user namespace maps to themselves. Pure. */

/** Ids that files of images commonly have. */
const IDS = 65_536;

/**
 * From the text of our own uid_map or gid_map: each of 0…65535 that is there. Inside another namespace (root of a rootless container)
 * a line may not span two lines of the map around it.
 */
export const identityMap = (own: string): string =>
  own
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([first = IDS]) => first < IDS)
    .map(([first = 0, , count = 0]) => `${first} ${first} ${Math.min(count, IDS - first)}\n`)
    .join('');
