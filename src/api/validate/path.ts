/** Paths inside volumes. */

const steps = (path: string): string[] => path.split('/');

export const checkNoBacksteps = (path: string): string[] => (steps(path).includes('..') ? ['must not contain ".."'] : []);

/** Relative, and never above where it begins. */
export const checkDescending = (path: string): string[] => [
  ...(path.startsWith('/') ? ['must be a relative path'] : []),
  ...checkNoBacksteps(path),
];

/** A file a volume shows: names that begin with ".." are its own. */
export const checkVisible = (path: string): string[] => {
  const problems = checkDescending(path);
  return path.startsWith('..') && !path.startsWith('../') && path !== '..' ? [...problems, 'must not begin with ".."'] : problems;
};

export const checkMode = (mode: number | undefined): string[] =>
  mode !== undefined && (mode < 0 || mode > 0o777) ? ['must be between 0 and 0777 (octal), 511 (decimal)'] : [];
