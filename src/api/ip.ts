/** IP addresses as text. */

const isOctet = (text: string): boolean => /^\d{1,3}$/.test(text) && Number(text) <= 255;
export const isIPv4 = (text: string): boolean => {
  const parts = text.split('.');
  return parts.length === 4 && parts.every(isOctet);
};

const groupsOf = (text: string): number | undefined => {
  if (text === '') return 0;
  const parts = text.split(':');
  const last = parts.at(-1) ?? '';
  const tail = last.includes('.') ? (isIPv4(last) ? 2 : undefined) : 1;
  const head = last.includes('.') ? parts.slice(0, -1) : parts;
  if (tail === undefined || !head.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return undefined;
  return last.includes('.') ? head.length + tail : head.length;
};

/** Without a zone. */
export const isIPv6 = (text: string): boolean => {
  const halves = text.split('::');
  const counts = halves.map(groupsOf);
  if (halves.length > 2 || counts.some((count) => count === undefined) || !text.includes(':')) return false;
  if (halves.length === 2 && (halves[0] ?? '').includes('.')) return false;
  const sum = counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  return halves.length === 2 ? sum <= 7 : sum === 8;
};

/** 4, 6, or 0 when it is not an address. */
export const ipFamily = (text: string): 0 | 4 | 6 => {
  if (isIPv4(text)) return 4;
  return isIPv6(text) ? 6 : 0;
};
