/** The names Kubernetes allows, and the random endings it gives. */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;

/** What is wrong with the text: a sentence each; none when it is fine. */
export type NameCheck = (text: string) => string[];

const check = (limit: number, shape: RegExp, rule: string): NameCheck => {
  return (text) => [...(text.length > limit ? [`must be no more than ${limit} characters`] : []), ...(shape.test(text) ? [] : [rule])];
};

const ENDS = 'and begins and ends with a letter or digit';

export const checkLabel = check(63, LABEL, `a name here (RFC 1123 label) has only lower case letters, digits and "-", ${ENDS}`);
export const checkSubdomain = check(
  253,
  SUBDOMAIN,
  `a name here (RFC 1123 subdomain) has only lower case letters, digits, "-" and ".", ${ENDS}`,
);
export const checkLabelValue = check(63, LABEL_VALUE, `a label value has only letters, digits, "-", "_" and ".", ${ENDS}`);

/** A label or annotation key: `app`, `example.com/app`. */
export const checkQualifiedName: NameCheck = (text) => {
  const parts = text.split('/');
  const problems: string[] = [];
  if (parts.length > 2) return ['a name like example.com/name has at most one "/"'];
  const name = parts[parts.length - 1] ?? '';
  if (parts.length === 2) {
    if (parts[0] === '') problems.push('the part before "/" is empty');
    else problems.push(...checkSubdomain(parts[0] ?? '').map((problem) => `before "/": ${problem}`));
  }
  if (name === '') problems.push('the name is empty');
  else if (name.length > 63) problems.push('the name must be no more than 63 characters');
  if (!QUALIFIED.test(name)) problems.push(`the name has only letters, digits, "-", "_" and ".", ${ENDS}`);
  return problems;
};

/** A key of a ConfigMap or Secret. */
export const checkConfigKey: NameCheck = (text) => {
  const problems: string[] = [];
  if (text.length > 253) problems.push('must be no more than 253 characters');
  if (!CONFIG_KEY.test(text)) problems.push('a key has only letters, digits, "-", "_" and "."');
  if (text === '.' || text === '..') problems.push(`must not be "${text}"`);
  else if (text.startsWith('..')) problems.push('must not begin with ".."');
  return problems;
};

/** Nearly everything printable is allowed. */
export const checkEnvName: NameCheck = (text) => {
  if (text === '') return ['the name of an environment variable is empty'];
  return /^[\x20-\x3c\x3e-\x7e]+$/.test(text) ? [] : ['the name of an environment variable has printable ASCII characters except "="'];
};

/** The name of a port (an IANA service name). */
export const checkPortName: NameCheck = (text) => {
  const problems: string[] = [];
  if (text.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(text)) problems.push('a port name has only lower case letters, digits and "-"');
  if (!/[a-z]/.test(text)) problems.push('must contain at least one letter');
  if (text.includes('--')) problems.push('must not contain two "-" in a row');
  if (text.startsWith('-') || text.endsWith('-')) problems.push('must not begin or end with "-"');
  return problems;
};

export const checkPortNumber = (port: number): string[] => (port >= 1 && port <= 65535 ? [] : ['must be between 1 and 65535']);

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
