/** How the API server reads and writes quantities in objects. */
import { formatQuantity, type Quantity, tryQuantity } from './quantity.ts';

const SHAPE = /^([+-]?)(\d*)(\.\d*)?(.*)$/;
const WHOLE = /^(\d+)((?:[numkMGTPE]|[KMGTPE]i)|[eE][+-]?\d+|)$/;

/** A sign, point or suffix without digits counts as zero; only empty text is no quantity. */
const readLeniently = (text: string): Quantity | undefined => {
  const quantity = tryQuantity(text);
  if (quantity !== undefined || text === '') return quantity;
  const [, sign = '', whole = '', fraction = '', rest = ''] = SHAPE.exec(text) ?? [];
  return whole === '' && (fraction === '' || fraction === '.') ? tryQuantity(`${sign}0${rest}`) : undefined;
};

const exponentOf = (suffix: string): string => (/^[eE]/.test(suffix) ? String(Number(suffix.slice(1)) || '') : suffix);

/** `00512`, `+2`, `1E3`: nothing to shorten, so the server keeps them as they are written. */
const isKept = (text: string, canonical: string): boolean => {
  const written = WHOLE.exec(text.replace(/^\+/, '').replace(/\.(?=$|\D)/, ''));
  const shortest = WHOLE.exec(canonical);
  if (!written || !shortest) return false;
  return BigInt(written[1] ?? '0') === BigInt(shortest[1] ?? '0') && exponentOf(written[2] ?? '') === exponentOf(shortest[2] ?? '');
};

/** The text the server answers with for a quantity in an object; undefined when it is none. */
export const quantityText = (value: unknown): string | undefined => {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value).trim();
  const quantity = readLeniently(text);
  if (quantity === undefined) return undefined;
  // More than 2^63: only amounts with a binary suffix are cut.
  if (/^\d{19,}$/.test(text)) return text;
  const canonical = formatQuantity(quantity);
  return canonical !== '0' && isKept(text, canonical) ? text : canonical;
};

const MILLI = 1_000_000n;
/** As quantityText, rounded up to thousandths: what limits and requests are rounded to. */
export const quantityTextMilli = (value: unknown): string | undefined => {
  const text = quantityText(value);
  const quantity = text === undefined ? undefined : readLeniently(text);
  if (text === undefined || quantity === undefined || quantity.nano % MILLI === 0n) return text;
  const up = quantity.nano > 0n ? quantity.nano + MILLI - 1n : quantity.nano - MILLI + 1n;
  return formatQuantity({ ...quantity, nano: (up / MILLI) * MILLI });
};
