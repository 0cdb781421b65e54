/** The names Kubernetes allows, and the random endings it gives. */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;
const PORT_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Each check answers with what is wrong, or undefined. */
export type NameCheck = (text: string) => string | undefined;

export const checkLabel: NameCheck = (text) => {
  if (text.length > 63) return 'must be no more than 63 characters';
  return LABEL.test(text)
    ? undefined
    : 'a name here (RFC 1123 label) has only lower case letters, digits and "-", and begins and ends with a letter or digit';
};

export const checkLabel1035: NameCheck = (text) => {
  if (text.length > 63) return 'must be no more than 63 characters';
  return LABEL_1035.test(text)
    ? undefined
    : 'a name here (RFC 1035 label) has only lower case letters, digits and "-", begins with a letter and ends with a letter or digit';
};

export const checkSubdomain: NameCheck = (text) => {
  if (text.length > 253) return 'must be no more than 253 characters';
  return SUBDOMAIN.test(text)
    ? undefined
    : 'a name here (RFC 1123 subdomain) has only lower case letters, digits, "-" and ".", and begins and ends with a letter or digit';
};

/** A label or annotation key: `app`, `example.com/app`. */
export const checkQualifiedName: NameCheck = (text) => {
  const parts = text.split('/');
  const [prefix, name] = parts.length === 1 ? [undefined, parts[0] ?? ''] : [parts[0] ?? '', parts[1] ?? ''];
  if (parts.length > 2) return 'has at most one "/"';
  if (prefix === '') return 'the part before "/" is empty';
  if (prefix !== undefined && checkSubdomain(prefix) !== undefined) return `before "/": ${checkSubdomain(prefix)}`;
  if (name === '') return 'the name is empty';
  if (name.length > 63) return 'the name must be no more than 63 characters';
  return QUALIFIED.test(name)
    ? undefined
    : 'the name has only letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
};

export const checkLabelValue: NameCheck = (text) => {
  if (text.length > 63) return 'must be no more than 63 characters';
  return LABEL_VALUE.test(text)
    ? undefined
    : 'a label value has only letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
};

/** A key of a ConfigMap or Secret. */
export const checkConfigKey: NameCheck = (text) => {
  if (text.length > 253) return 'must be no more than 253 characters';
  if (!CONFIG_KEY.test(text)) return 'a key has only letters, digits, "-", "_" and "."';
  if (text === '.' || text === '..') return `must not be "${text}"`;
  return text.startsWith('..') ? 'must not begin with ".."' : undefined;
};

/** Since 1.32 nearly everything printable is allowed. */
export const checkEnvName: NameCheck = (text) =>
  text.length > 0 && /^[\x20-\x3c\x3e-\x7e]+$/.test(text)
    ? undefined
    : 'an environment variable name has printable ASCII characters except "="';

/** The name of a port (an IANA service name). */
export const checkPortName: NameCheck = (text) => {
  if (text.length > 15) return 'must be no more than 15 characters';
  if (!PORT_NAME.test(text)) return 'a port name has only lower case letters, digits and "-", and begins and ends with a letter or digit';
  if (!/[a-z]/.test(text)) return 'must contain at least one letter';
  return text.includes('--') ? 'must not contain two "-" in a row' : undefined;
};

export const checkPortNumber = (port: number): string | undefined =>
  port >= 1 && port <= 65535 ? undefined : 'must be between 1 and 65535';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
export const SUFFIX_LENGTH = 5;

/** `x7k2p`: no vowels, nothing easily confused. `random` answers like Math.random. */
export const randomSuffix = (random: () => number, length = SUFFIX_LENGTH): string => {
  let text = '';
  for (let i = 0; i < length; i++) text += ALPHABET[Math.floor(random() * ALPHABET.length) % ALPHABET.length];
  return text;
};

const MAX_GENERATED = 63 - SUFFIX_LENGTH;
/** metadata.generateName + 5 random characters, never longer than 63. */
export const generateName = (prefix: string, random: () => number): string => `${prefix.slice(0, MAX_GENERATED)}${randomSuffix(random)}`;

/** The digits of a number in the letters of randomSuffix: as in `web-5d4f8c7b9`. */
export const safeEncode = (text: string): string => [...text].map((c) => ALPHABET[c.charCodeAt(0) % ALPHABET.length]).join('');
