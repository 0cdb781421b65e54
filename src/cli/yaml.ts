/** Objects as YAML that every reader takes for the same: strings that YAML 1.1 or 1.2 would read as something else are quoted. */
import { Document, isScalar, visit } from 'yaml';

/** What YAML does not allow as it is, or what some readers take for a line break. Newline and tab are fine. */
const SPECIAL = /[^\P{Cc}\n\t]|[\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]/u;
const EVERY_SPECIAL = new RegExp(SPECIAL, 'gu');
/** Some readers refuse a tab in a plain scalar, and YAML 1.1 gives a lone = a meaning. */
const needsQuotes = (text: string): boolean => text === '=' || SPECIAL.test(text) || (text.includes('\t') && !text.includes('\n'));

const escaped = (char: string): string => {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

export function toYaml(value: unknown): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && typeof node.value === 'string' && needsQuotes(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  // special characters are left only inside of double quotes
  return document.toString({ indentSeq: false, lineWidth: 0 }).replace(EVERY_SPECIAL, escaped);
}
