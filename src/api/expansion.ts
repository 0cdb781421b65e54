/** `$(NAME)` in commands, arguments and values, by Kubernetes's rules. */

const REFERENCE = /\$(?:\$|\(([^)]*)\))/g;

/**
 * `$$` becomes `$`, so `$$(X)` stays the text `$(X)`; a name that is unknown stays as it is written, and so does an open `$(`.
 * `missing` is called with each unknown name.
 */
export const expand = (text: string, values: ReadonlyMap<string, string>, missing?: (name: string) => void): string =>
  text.replace(REFERENCE, (written: string, name: string | undefined) => {
    if (name === undefined) return '$';
    const value = values.get(name);
    if (value === undefined) missing?.(name);
    return value ?? written;
  });
