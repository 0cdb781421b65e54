/** Collects faults in the server's words for their reasons. */
import type { Fault, FaultReason } from '../fault.ts';

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

/** `place`: the path of what is wrong, where the server names less than that, or spells it differently. */
export interface PlacedFault extends Fault {
  place?: string;
}

export class Report {
  readonly faults: PlacedFault[] = [];
  #place: string | undefined;

  add(reason: FaultReason, field: string, message: string): void {
    this.faults.push({ reason, field, message, ...(this.#place === undefined ? {} : { place: this.#place }) });
  }
  /** Faults that `check` adds are at `place`. */
  at(place: string, check: () => void): void {
    const before = this.#place;
    this.#place = place;
    check();
    this.#place = before;
  }
  required(field: string, message = 'required'): void {
    this.add('FieldValueRequired', field, message === 'required' ? message : `required: ${message}`);
  }
  invalid(field: string, value: unknown, message: string): void {
    this.add('FieldValueInvalid', field, `${shown(value)}: ${message}`);
  }
  /** One fault per sentence: what a name check answers. */
  invalidAll(field: string, value: unknown, problems: readonly string[]): void {
    for (const problem of problems) this.invalid(field, value, problem);
  }
  notSupported(field: string, value: unknown, allowed: readonly string[]): void {
    this.add('FieldValueNotSupported', field, `${shown(value)} is none of ${allowed.join(', ')}`);
  }
  duplicate(field: string, value: unknown): void {
    this.add('FieldValueDuplicate', field, `${shown(value)} is already used`);
  }
  forbidden(field: string, message: string): void {
    this.add('FieldValueForbidden', field, message);
  }
  notFound(field: string, value: unknown, message: string): void {
    this.add('FieldValueNotFound', field, `${shown(value)}: ${message}`);
  }
  tooLong(field: string, limit: number, unit = 'characters'): void {
    this.add('FieldValueTooLong', field, `must be no more than ${limit} ${unit}`);
  }
  tooMany(field: string, limit: number): void {
    this.add('FieldValueTooMany', field, `must be no more than ${limit}`);
  }

  /** A value out of a list; empty counts as missing if `needed`. */
  oneOf(field: string, value: unknown, allowed: readonly string[], needed = true): void {
    if (value === undefined || value === '') {
      if (needed) this.required(field);
    } else if (!allowed.includes(String(value))) this.notSupported(field, value, allowed);
  }
  notNegative(field: string, value: number | undefined): void {
    if (value !== undefined && value < 0) this.invalid(field, value, 'must not be negative');
  }
}
