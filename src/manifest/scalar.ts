/** Plain YAML scalars as Kubernetes reads them: YAML 1.1 (`yes`, `on`, `0777`), dates stay text. */

const WORDS = new Map<string, boolean | null | number>();
for (const word of ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']) WORDS.set(word, true);
for (const word of ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']) WORDS.set(word, false);
for (const word of ['', '~', 'null', 'Null', 'NULL']) WORDS.set(word, null);
for (const word of ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF']) WORDS.set(word, Number.POSITIVE_INFINITY);
for (const word of ['-.inf', '-.Inf', '-.INF']) WORDS.set(word, Number.NEGATIVE_INFINITY);
for (const word of ['.nan', '.NaN', '.NAN']) WORDS.set(word, Number.NaN);

const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const INTEGERS: readonly [RegExp, number][] = [
  [/^[-+]?0[xX][0-9a-fA-F]+$/, 16],
  [/^[-+]?0[bB][01]+$/, 2],
  [/^[-+]?0[oO]?[0-7]+$/, 8],
  [/^[-+]?[1-9]\d*$|^[-+]?0$/, 10],
];

const readInteger = (text: string): number | undefined => {
  for (const [shape, radix] of INTEGERS) {
    if (!shape.test(text)) continue;
    const digits = text.replace(/^[-+]/, '').replace(radix === 10 ? '' : /^0[xXbBoO]?/, '');
    const value = Number.parseInt(digits, radix);
    return text.startsWith('-') ? -value : value;
  }
  return undefined;
};

/** The value of a scalar without quotes and tag. */
export const plainScalar = (source: string): string | number | boolean | null => {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  const first = source.charCodeAt(0);
  // Digits, '+', '-', '.': everything else is text.
  if (!((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46)) return source;
  const text = source.replaceAll('_', '');
  return readInteger(text) ?? (FLOAT.test(text) ? Number(text) : source);
};
