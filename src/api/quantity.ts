/** Quantities (`500m`, `1.5Gi`, `1e3`): exact, to a billionth, as Kubernetes keeps them. */
import { PodsteadError } from './errors.ts';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
export interface Quantity {
  /** In billionths, rounded away from zero. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
/** 2^63 − 1 whole units: larger amounts are cut to this. */
const MAX = ((1n << 63n) - 1n) * NANO;
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,6}))?$/;

const scaleOf = (suffix: string): { numerator: bigint; format: QuantityFormat } => {
  const binary = BINARY.indexOf(suffix as (typeof BINARY)[number]);
  if (binary > 0) return { numerator: NANO * 1024n ** BigInt(binary), format: 'BinarySI' };
  return { numerator: 1000n ** BigInt(DECIMAL.indexOf(suffix as (typeof DECIMAL)[number])), format: 'DecimalSI' };
};

const divideUp = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** undefined when it is not a quantity. */
export const tryQuantity = (text: string | number): Quantity | undefined => {
  const match = SHAPE.exec(String(text).trim());
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix, exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  let mantissa = BigInt(`${whole}${fraction}` || '0');
  let divisor = 10n ** BigInt(fraction.length);
  let format: QuantityFormat = 'DecimalSI';
  if (exponent !== undefined) {
    const power = Math.max(-400, Math.min(400, Number(exponent)));
    if (power >= 0) mantissa *= 10n ** BigInt(power);
    else divisor *= 10n ** BigInt(-power);
    mantissa *= NANO;
    format = 'DecimalExponent';
  } else {
    const scale = scaleOf(suffix ?? '');
    mantissa *= scale.numerator;
    format = scale.format;
  }
  const nano = divideUp(mantissa, divisor);
  const capped = nano > MAX ? MAX : nano;
  return { nano: sign === '-' ? -capped : capped, format };
};

/** Throws USAGE. */
export const parseQuantity = (text: string | number): Quantity => {
  const quantity = tryQuantity(text);
  if (quantity === undefined)
    throw new PodsteadError('USAGE', `${JSON.stringify(text)} is not a quantity`, { remedy: 'examples: 2, 0.5, 250m, 64Mi, 1.5Gi, 1e3' });
  return quantity;
};

export const compareQuantity = (a: string | number, b: string | number): -1 | 0 | 1 => {
  const [x, y] = [parseQuantity(a).nano, parseQuantity(b).nano];
  if (x === y) return 0;
  return x < y ? -1 : 1;
};

const exponentText = (power: number): string => (power === 0 ? '' : `e${power}`);

/** The one spelling the API server answers with: the largest suffix that needs no fraction. */
export const formatQuantity = ({ nano, format }: Quantity): string => {
  if (nano === 0n) return '0';
  const whole = nano / NANO;
  if (format === 'BinarySI' && nano % NANO === 0n && (whole >= 1024n || whole <= -1024n)) {
    let [value, at] = [whole, 0];
    while (value % 1024n === 0n && at < BINARY.length - 1) [value, at] = [value / 1024n, at + 1];
    return `${value}${BINARY[at]}`;
  }
  let [value, at] = [nano, 0];
  while (value % 1000n === 0n && at < DECIMAL.length - 1) [value, at] = [value / 1000n, at + 1];
  return `${value}${format === 'DecimalExponent' ? exponentText((at - 3) * 3) : DECIMAL[at]}`;
};

/** ⌈quantity ÷ divisor⌉ as the downward API does it: whole numbers for divisor 1. */
export const divideQuantity = (text: string | number, divisor: string | number = '1'): bigint => {
  const by = parseQuantity(divisor).nano;
  const { nano } = parseQuantity(text);
  return nano < 0n ? -(-nano / by) : divideUp(nano, by);
};

/** Whole units (bytes, cores), rounded up. */
export const quantityUnits = (text: string | number): number => Number(divideQuantity(text));
/** Thousandths (millicores), rounded up. */
export const quantityMilli = (text: string | number): number => Number(divideQuantity(text, '1m'));

/** Sum in the format of the first; `0` of none. */
export const addQuantities = (texts: readonly (string | number)[]): string => {
  const [first, ...rest] = texts.map(parseQuantity);
  if (first === undefined) return '0';
  return formatQuantity({ nano: rest.reduce((sum, q) => sum + q.nano, first.nano), format: first.format });
};
