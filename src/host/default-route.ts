/** A default route in the text of /proc/net/route: destination and mask 0, and not a reject route. Pure. */
export const hasDefaultRoute = (routes: string): boolean =>
  routes.split('\n').some((line) => {
    const fields = line.trim().split(/\s+/);
    const flags = Number.parseInt(fields[3] ?? '', 16);
    return fields[1] === '00000000' && fields[7] === '00000000' && (flags & 0x200) === 0;
  });
