/** Typed errors: callers branch on `code`; the CLI edge prints message, cause and remedy once. */
export type ErrorCode =
  | 'USAGE'
  | 'INVALID_MANIFEST'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'AMBIGUOUS'
  | 'API'
  | 'TIMEOUT'
  | 'PLAY_FAILED'
  | 'TOOL_MISSING'
  | 'TOOL_FAILED'
  | 'TOOL_TIMEOUT'
  | 'TOOL_OUTPUT'
  | 'HOST_UNSUPPORTED'
  | 'SUBID_MISSING'
  | 'NAMESPACE_FAILED'
  | 'ENGINE_UNREACHABLE'
  | 'STORE_VERSION'
  | 'STORE_FAILED'
  | 'PORT_TAKEN'
  | 'ADDRESS_RANGE'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_IN_USE'
  | 'IMAGE_NAME'
  | 'CONTAINER_CONFIG'
  | 'CONTAINER_CREATE'
  | 'CONTAINER_RUN'
  | 'VOLUME'
  | 'IO';

export interface PodsteadErrorOptions {
  /** Something the user can do, a sentence or a command. */
  remedy?: string;
  cause?: unknown;
}

export class PodsteadError extends Error {
  override readonly name = 'PodsteadError';
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  constructor(code: ErrorCode, message: string, options: PodsteadErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
  }
}

export const isCode = (error: unknown, code: ErrorCode): error is PodsteadError => error instanceof PodsteadError && error.code === code;
