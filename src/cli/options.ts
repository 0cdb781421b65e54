/** The options that were given to a command, by their long names, each read as what it is. */
import { PodsteadError } from '../api/errors.ts';
import { parseDuration } from './duration.ts';
import { type OptionSpec, optionShape } from './words.ts';

export class Options {
  readonly #given: ReadonlyMap<string, readonly string[]>;
  readonly #specs: ReadonlyMap<string, OptionSpec>;

  constructor(specs: readonly OptionSpec[], given: ReadonlyMap<string, readonly string[]>) {
    this.#given = given;
    this.#specs = new Map(specs.map((spec) => [optionShape(spec).long, spec]));
  }

  /** Was it on the command line? */
  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** The last value, or the default. */
  text(name: string): string | undefined {
    const fallback = this.#spec(name).default;
    return this.#given.get(name)?.at(-1) ?? (typeof fallback === 'string' ? fallback : undefined);
  }

  flag(name: string): boolean {
    const fallback = this.#spec(name).default;
    const value = this.#given.get(name)?.at(-1);
    return value === undefined ? fallback === true : value === 'true';
  }

  /** Every value, in order; `a,b` is one of them. */
  list(name: string): readonly string[] {
    this.#spec(name);
    return this.#given.get(name) ?? [];
  }

  /** A whole number. Throws USAGE. */
  count(name: string, range: { min: number } = { min: 0 }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^[-+]?\d+$/.test(text) && Number.isSafeInteger(value) && value >= range.min) return value;
    const wanted = range.min === 0 ? 'a whole number from 0' : range.min === 1 ? 'a whole number from 1' : 'a whole number';
    throw new PodsteadError('USAGE', `--${name}: ${JSON.stringify(text)} is not ${wanted}`);
  }

  /** A length of time in ms. Throws USAGE. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(text, `--${name}`);
  }

  /** One of `choices`. Throws USAGE. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new PodsteadError('USAGE', `--${name}: ${JSON.stringify(text)} is none of ${choices.join(', ')}`);
    return found;
  }

  #spec(name: string): OptionSpec {
    const spec = this.#specs.get(name);
    if (!spec) throw new TypeError(`this command has no option --${name}`);
    return spec;
  }
}
