/** Reads kubectl's jsonpath templates: text with actions in braces. */
import { PodsteadError } from '../errors.ts';

export type Node = { text: string } | { path: Step[] } | { range: Step[]; body: Node[] };
export type Step =
  | { do: 'root' }
  | { do: 'field'; name: string }
  | { do: 'each' }
  | { do: 'deep' }
  | { do: 'slice'; from: number | undefined; to: number | undefined; step: number }
  | { do: 'union'; paths: Step[][] }
  | { do: 'filter'; left: Operand; operator: Operator | 'exists'; right?: Operand };
export type Operand = { path: Step[] } | { value: string | number | boolean };
export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';

export const pathFault = (template: string, why: string) =>
  new PodsteadError('USAGE', `jsonpath ${JSON.stringify(template)}: ${why}`, {
    remedy: 'example: \'{range .items[*]}{.metadata.name}{"\\n"}{end}\'',
  });

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
const unquote = (text: string): string => text.replace(/\\([\s\S])/g, (_, char: string) => ESCAPES[char] ?? char);
const NAME = /(?:\\[\s\S]|[^\s.[\]{}()'"=!<>,@$?*\\])+/y;
const STRING = /'((?:\\[\s\S]|[^'\\])*)'|"((?:\\[\s\S]|[^"\\])*)"/y;
const SLICE = /\s*(-?\d+)?\s*(?:(:)\s*(-?\d+)?\s*(?::\s*(-?\d+)?)?)?\s*\]/y;

export class PathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  template(): Node[] {
    const nodes = this.#nodes(false);
    if (this.#at < this.#text.length) throw this.#fault('end without range');
    return nodes;
  }

  #fault(why: string) {
    return pathFault(this.#text, why);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at += match[0].length;
    return match;
  }

  #eat(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Up to the end, or inside a range up to its `{end}`. */
  #nodes(inRange: boolean): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const text = this.#take(/[^{]+/y);
      if (text) nodes.push({ text: text[0] });
      if (this.#at >= this.#text.length) {
        if (inRange) throw this.#fault('range without end');
        return nodes;
      }
      const start = this.#at;
      this.#at++;
      if (this.#take(/\s*end\s*\}/y)) {
        if (inRange) return nodes;
        this.#at = start;
        return nodes;
      }
      if (this.#take(/\s*range\s+/y)) nodes.push(this.#range());
      else nodes.push(...this.#action());
    }
  }

  #range(): Node {
    const range = this.path();
    this.#take(/\s*/y);
    if (!this.#eat('}')) throw this.#fault('unclosed action');
    return { range, body: this.#nodes(true) };
  }

  #action(): Node[] {
    const nodes: Node[] = [];
    for (;;) {
      this.#take(/\s*/y);
      if (this.#eat('}')) return nodes;
      if (this.#at >= this.#text.length) throw this.#fault('unclosed action');
      const literal = this.#string();
      nodes.push(literal === undefined ? { path: this.path() } : { text: literal });
    }
  }

  #string(): string | undefined {
    const match = this.#take(STRING);
    return match ? unquote(match[1] ?? match[2] ?? '') : undefined;
  }

  path(): Step[] {
    const steps: Step[] = [];
    const start = this.#at;
    if (this.#eat('$')) steps.push({ do: 'root' });
    else if (!this.#eat('@')) {
      const bare = this.#take(NAME);
      if (bare) steps.push({ do: 'field', name: unquote(bare[0]) });
    }
    for (;;) {
      if (this.#eat('..')) {
        steps.push({ do: 'deep' });
        this.#afterDot(steps, true);
      } else if (this.#eat('.')) this.#afterDot(steps, false);
      else if (this.#eat('[')) steps.push(this.#bracket());
      else break;
    }
    if (this.#at === start) throw this.#fault(`unrecognized character ${JSON.stringify(this.#text[this.#at] ?? 'at the end')}`);
    return steps;
  }

  #afterDot(steps: Step[], deep: boolean): void {
    if (this.#eat('*')) {
      steps.push({ do: 'each' });
      return;
    }
    const name = this.#take(NAME);
    if (name) steps.push({ do: 'field', name: unquote(name[0]) });
    else if (deep && this.#text[this.#at] !== '[') throw this.#fault('a name has to follow ..');
  }

  #bracket(): Step {
    if (this.#take(/\s*\*\s*\]/y)) return { do: 'each' };
    if (this.#take(/\s*\?\s*\(/y)) return this.#filter();
    const start = this.#at;
    const slice = this.#take(SLICE);
    if (slice && slice[0].trim() !== ']') return this.#slice(slice);
    this.#at = start;
    return this.#union();
  }

  #slice([, from, colon, to, step]: RegExpExecArray): Step {
    const start = from === undefined ? undefined : Number(from);
    if (colon !== undefined) return { do: 'slice', from: start, to: to === undefined ? undefined : Number(to), step: Number(step ?? 1) };
    return { do: 'slice', from: start, to: start === undefined || start === -1 ? undefined : start + 1, step: 1 };
  }

  #union(): Step {
    const paths: Step[][] = [];
    do {
      this.#take(/\s*/y);
      const name = this.#string();
      const number = name === undefined ? this.#take(/-?\d+/y) : null;
      if (name !== undefined) paths.push([{ do: 'field', name }]);
      else if (number)
        paths.push([{ do: 'slice', from: Number(number[0]), to: Number(number[0]) === -1 ? undefined : Number(number[0]) + 1, step: 1 }]);
      else throw this.#fault('invalid array index');
    } while (this.#take(/\s*,/y));
    if (!this.#take(/\s*\]/y)) throw this.#fault('unterminated array');
    const [only] = paths;
    return paths.length === 1 && only?.[0] ? only[0] : { do: 'union', paths };
  }

  #filter(): Step {
    const left = this.#operand();
    const operator = this.#take(/\s*(==|!=|<=|>=|<|>)/y)?.[1] as Operator | undefined;
    const right = operator === undefined ? undefined : this.#operand();
    if (!this.#take(/\s*\)\s*\]/y)) throw this.#fault('unterminated filter');
    return operator === undefined || right === undefined
      ? { do: 'filter', left, operator: 'exists' }
      : { do: 'filter', left, operator, right };
  }

  #operand(): Operand {
    this.#take(/\s*/y);
    const text = this.#string();
    if (text !== undefined) return { value: text };
    const number = this.#take(/-?\d+(\.\d+)?(?![\w.])/y);
    if (number) return { value: Number(number[0]) };
    const word = this.#take(/(true|false)(?![\w.[])/y);
    if (word) return { value: word[1] === 'true' };
    return { path: this.path() };
  }
}
