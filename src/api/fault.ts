/** One thing wrong with a manifest, with its place. Printed as `web.yaml:12:9: spec.containers[0].imagee: unknown field …`. */
export interface Position {
  file: string;
  /** From 1. */
  line: number;
  column: number;
}
export type FaultReason =
  | 'SyntaxError'
  | 'UnknownField'
  | 'DuplicateField'
  | 'WrongType'
  | 'UnknownKind'
  | 'UnsupportedKind'
  | 'UnsupportedField'
  | 'BadQuantity'
  | 'BadBase64'
  | 'BadTime'
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'
  | 'FieldValueTypeInvalid'
  | 'Preflight';
export interface Fault {
  reason: FaultReason;
  /** `spec.containers[0].image`; empty for the whole document. */
  field: string;
  message: string;
  position?: Position;
}

export const formatFault = (fault: Fault): string => {
  const where = fault.position ? `${fault.position.file}:${fault.position.line}:${fault.position.column}: ` : '';
  return `${where}${fault.field === '' ? '' : `${fault.field}: `}${fault.message}`;
};
