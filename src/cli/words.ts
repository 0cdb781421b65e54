/**
 * The words of a command line in one spelling, before commander reads them. kubectl and docker spell options as Go's pflag does:
 * `-o=json`, `-ojson`, `--wait=false`, `--dry-run[=client]`, options after operands. Pure.
 */
import { PodsteadError } from '../api/errors.ts';

export interface OptionSpec {
  /** `-o, --output <format>`: `<…>` must have a value, `[…]` may have one, with neither it is yes or no. */
  readonly flags: string;
  readonly help: string;
  /** May be given several times; the value is a list. */
  readonly many?: true;
  /** With `[…]`: the value when the option stands alone. Another value then needs `=`, unless `word` is set. */
  readonly bare?: string;
  /** With `[…]`: a following word that is no option is the value. */
  readonly word?: true;
  readonly default?: string | boolean;
  /** Works, but --help does not list it. */
  readonly hidden?: true;
}

export interface OptionShape {
  readonly long: string;
  readonly short: string | undefined;
  readonly value: 'none' | 'required' | 'optional';
  readonly placeholder: string;
}

export function optionShape(spec: OptionSpec): OptionShape {
  const match = /^(?:-(\w), )?--([a-z0-9-]+)(?: ([<[])(.+)[>\]])?$/.exec(spec.flags);
  if (!match) throw new TypeError(`not the flags of an option: ${spec.flags}`);
  const [, short, long = '', bracket, placeholder = ''] = match;
  return { long, short, value: bracket === undefined ? 'none' : bracket === '<' ? 'required' : 'optional', placeholder };
}

export interface Words {
  /** Options as `--long=value` (`true` and `false` for those of yes or no), operands, and as it stands what no option is known for. */
  args: string[];
  /** What follows `--`, or the words of the program that `exec` and its like are to run. */
  rest: string[];
  /** There was a `--`. */
  dashes: boolean;
}

export interface WordRules {
  readonly options: readonly OptionSpec[];
  /** After so many operands the next one begins the program's own words. */
  readonly programAfter?: number;
}

const TRUE = new Set(['true', '1', 't', 'T', 'TRUE', 'True']);
const FALSE = new Set(['false', '0', 'f', 'F', 'FALSE', 'False']);

class Walk {
  readonly words: Words = { args: [], rest: [], dashes: false };
  readonly #left: string[];
  readonly #long = new Map<string, { spec: OptionSpec; shape: OptionShape }>();
  readonly #short = new Map<string, { spec: OptionSpec; shape: OptionShape }>();

  constructor(args: readonly string[], options: readonly OptionSpec[]) {
    this.#left = [...args];
    for (const spec of options) {
      const entry = { spec, shape: optionShape(spec) };
      this.#long.set(entry.shape.long, entry);
      if (entry.shape.short !== undefined) this.#short.set(entry.shape.short, entry);
    }
  }

  run(programAfter: number): Words {
    let operands = 0;
    for (let word = this.#left.shift(); word !== undefined; word = this.#left.shift()) {
      if (word === '--') {
        this.words.dashes = true;
        this.words.rest.push(...this.#left.splice(0));
      } else if (word.startsWith('--')) this.#longOption(word);
      else if (word.startsWith('-') && word !== '-') this.#cluster(word);
      else if (operands === programAfter) this.words.rest.push(word, ...this.#left.splice(0));
      else {
        operands++;
        this.words.args.push(word);
      }
    }
    return this.words;
  }

  #longOption(word: string): void {
    const at = word.indexOf('=');
    const name = at < 0 ? word.slice(2) : word.slice(2, at);
    const value = at < 0 ? undefined : word.slice(at + 1);
    const known = this.#long.get(name);
    if (!known) {
      this.words.args.push(word);
      return;
    }
    if (known.shape.value === 'none') this.#yesOrNo(name, value);
    else if (value !== undefined) this.words.args.push(word);
    else this.#takeValue(known.spec, known.shape);
  }

  /** `-it`, `-ojson`, `-n=web`: letters without a value, then perhaps one with. */
  #cluster(word: string): void {
    for (let i = 1; i < word.length; i++) {
      const known = this.#short.get(word.charAt(i));
      if (!known) {
        this.words.args.push(`-${word.slice(i)}`);
        return;
      }
      const tail = word.slice(i + 1);
      const { spec, shape } = known;
      if (shape.value === 'none') {
        if (tail.startsWith('=')) {
          this.#yesOrNo(shape.long, tail.slice(1));
          return;
        }
        this.#yesOrNo(shape.long, undefined);
      } else {
        if (tail === '') this.#takeValue(spec, shape);
        else this.words.args.push(`--${shape.long}=${tail.replace(/^=/, '')}`);
        return;
      }
    }
  }

  #takeValue(spec: OptionSpec, shape: OptionShape): void {
    const next = this.#left[0];
    const follows = next !== undefined && (shape.value === 'required' || (spec.word && !next.startsWith('-')));
    if (follows) {
      this.#left.shift();
      this.words.args.push(`--${shape.long}=${next}`);
    } else if (shape.value === 'required') {
      throw new PodsteadError('USAGE', `option ${spec.flags} needs a value`);
    } else this.words.args.push(`--${shape.long}=${spec.bare ?? ''}`);
  }

  #yesOrNo(name: string, value: string | undefined): void {
    if (value === undefined || TRUE.has(value)) this.words.args.push(`--${name}=true`);
    else if (FALSE.has(value)) this.words.args.push(`--${name}=false`);
    else throw new PodsteadError('USAGE', `option --${name} is true or false, not ${JSON.stringify(value)}`);
  }
}

export const readWords = (args: readonly string[], rules: WordRules): Words =>
  new Walk(args, rules.options).run(rules.programAfter ?? Number.POSITIVE_INFINITY);
