/** Text from outside (names, messages, logs) before it meets a terminal: it must not move the cursor, rename the window or hide itself. Pure. */

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };
// control characters, and what turns the direction of writing around
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
// the same, but a colour (SGR) sequence is matched whole
const CONTROL_OR_COLOUR = /\p{Cc}\[[0-9;:]{0,40}m|[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

const shown = (char: string): string => {
  const code = char.codePointAt(0) ?? 0;
  return NAMED[char] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`);
};

/** For one line: every control character becomes visible, newlines too. */
export const oneLine = (text: string): string => text.replace(CONTROL, shown);

/** For several lines: newlines and tabs stay, colours too if `colours`. A carriage return before a newline is dropped. */
export const manyLines = (text: string, colours: boolean): string =>
  text.replaceAll('\r\n', '\n').replace(CONTROL_OR_COLOUR, (match) => {
    if (match === '\n' || match === '\t') return match;
    if (match.startsWith('\u001b[')) return colours ? match : '';
    return oneLine(match);
  });
