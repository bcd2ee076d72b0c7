/** Errors a person can meet, as data: a stable code, what happened, and what to do next. */

/** Every code an {@link AppError} may carry; tests and callers switch on it, people read the message. */
export type ErrorCode =
  | 'BAD_USAGE'
  | 'CANCELLED'
  | 'DATASET_CHANGED'
  | 'DATASET_EMPTY'
  | 'DATASET_NOT_FOUND'
  | 'DATASET_UNREADABLE'
  | 'DATASET_UNRECOGNISED'
  | 'DATA_STOPPED'
  | 'DISK_FULL'
  | 'DRIVE_SILENT'
  | 'ENGINE_STOPPED'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_UNREADABLE'
  | 'INTERNAL'
  | 'LABELS_INVALID'
  | 'MAPPING_INVALID'
  | 'METHOD_UNSUPPORTED'
  | 'MODEL_CHANGED'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_NOT_VIT'
  | 'MODEL_UNREADABLE'
  | 'MODEL_UNSUPPORTED'
  | 'NOTHING_TO_UNDO'
  | 'NO_PROJECT'
  | 'OUTPUT_UNWRITABLE'
  | 'OUT_OF_MEMORY'
  | 'PDF_UNAVAILABLE'
  | 'PRECISION_UNSUPPORTED'
  | 'PROJECT_DAMAGED'
  | 'PROJECT_GONE'
  | 'PROJECT_IN_USE'
  | 'PROJECT_NEWER'
  | 'PROVIDER_UNAVAILABLE'
  | 'READ_ONLY'
  | 'REFUSED'
  | 'TENSOR_FILE_INVALID'
  | 'UNKNOWN_CLASS';

/** The wire form of an error: what crosses processes and reaches the screen. */
export interface ErrorData {
  readonly code: ErrorCode;
  /** What happened, in one sentence, naming the file when there is one. */
  readonly message: string;
  /** What the person can do next; empty when nothing helps. */
  readonly hint: string;
}

/** An error with a code, a message for people and a way out. */
export class AppError extends Error implements ErrorData {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.hint = hint;
  }

  /** The same error as plain data. */
  toData(): ErrorData {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Any thrown value as an {@link AppError}: AppErrors pass through, full or read-only disks and SQLite's
 * equivalents are named as such, everything else becomes `INTERNAL` with its message kept.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'SQLITE_FULL':
      return new AppError(
        'DISK_FULL',
        `The disk is full: ${message}`,
        'Free some space and start again; what was finished is kept.',
        { cause: error },
      );
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
      return new AppError(
        'READ_ONLY',
        `A file or folder cannot be opened or written: ${message}`,
        'Choose a folder you may write to, or change its permissions.',
        { cause: error },
      );
    default:
      return new AppError('INTERNAL', message, '', { cause: error });
  }
}

/** Why an output file could not be written: the disk's own trouble as it is, anything else as `OUTPUT_UNWRITABLE`. */
export function outputError(path: string, error: unknown): AppError {
  const failure = toAppError(error);
  if (error instanceof AppError || failure.code !== 'INTERNAL') return failure;
  return new AppError('OUTPUT_UNWRITABLE', `"${path}" cannot be written: ${failure.message}`, 'Choose another place.', {
    cause: error,
  });
}

/** Rebuilds an {@link AppError} from its wire form. */
export function fromErrorData(data: ErrorData): AppError {
  return new AppError(data.code, data.message, data.hint);
}
