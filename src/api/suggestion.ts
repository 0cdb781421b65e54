/** "Did you mean": the nearest known word. */

/** Edits (insert, remove, replace, swap neighbours) from one word to the other. */
export const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
};

/** The nearest of `known`, if near enough to be what was meant. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const lower = word.toLowerCase();
  let best: { word: string; edits: number } | undefined;
  for (const candidate of known) {
    const edits = distance(lower, candidate.toLowerCase());
    if (edits <= Math.ceil(Math.max(word.length, 3) / 4) + 1 && edits < candidate.length - 1 && (best === undefined || edits < best.edits))
      best = { word: candidate, edits };
  }
  if (best !== undefined) return best.word;
  return known.find((candidate) => candidate.length >= 3 && lower.startsWith(candidate.toLowerCase()));
};

/** A field of `type`, or of something in it (`resources.limits`), that `key` may have meant. */
export const suggestField = (
  key: string,
  types: Readonly<Record<string, Readonly<Record<string, string>>>>,
  type: string,
): string | undefined => {
  const fields = types[type] ?? {};
  for (const [field, code] of Object.entries(fields)) {
    const inner = /^@(\w+)/.exec(code)?.[1];
    if (inner !== undefined && field !== 'status' && Object.hasOwn(types[inner] ?? {}, key)) return `${field}.${key}`;
  }
  return nearest(key, Object.keys(fields));
};
