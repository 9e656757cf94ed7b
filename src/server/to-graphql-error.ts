import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AppError, type ErrorCode } from '../domain/errors.ts';

/** Apollo's own codes that say what a caller did wrong; everything else without a code is a fault of ours. */
const CALLERS_FAULTS: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'FORBIDDEN',
  'UNAUTHENTICATED',
]);

/** Apollo's names for what our clients know by one code. */
const OTHER_NAMES: Readonly<Record<string, ErrorCode>> = {
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
  BAD_REQUEST: 'BAD_USER_INPUT',
};

export interface ErrorReport {
  /** What was hidden from the caller, for the log. */
  readonly onHidden: (error: unknown) => void;
}

/** The one place where an error becomes what a caller reads: codes and advice, nothing internal. */
export const createFormatError =
  ({ onHidden }: ErrorReport) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(error);
    const at = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    };
    if (original instanceof AppError) {
      if (original.cause !== undefined) onHidden(original);
      return { message: original.message, ...at, extensions: extensionsOf(original) };
    }
    const code = codeOf(formatted, error);
    if (CALLERS_FAULTS.has(code)) {
      const message = messageOf(formatted, code).trimEnd();
      return { message, ...at, extensions: { code: OTHER_NAMES[code] ?? code, retryable: false } };
    }
    onHidden(original);
    if (isStackOverflow(error)) {
      const message = 'The request is nested too deep to be read; flatten it.';
      return { message, ...at, extensions: { code: 'BAD_USER_INPUT' satisfies ErrorCode, retryable: false } };
    }
    return {
      message: 'The gateway failed at this. Its log has more under the requestId.',
      ...at,
      extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode, retryable: false },
    };
  };

/** The parser calls itself for each level, so what is nested too deep overflows the stack: that is no message for a caller. */
const messageOf = ({ message }: GraphQLFormattedError, code: string): string =>
  code === 'GRAPHQL_PARSE_FAILED' && !message.startsWith('Syntax Error')
    ? 'The document is nested too deep to be read. Send deep values as variables.'
    : message;

/** Only what a caller nests without end calls itself so often; logged all the same. */
function isStackOverflow(error: unknown): boolean {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  return cause instanceof RangeError && cause.message === 'Maximum call stack size exceeded';
}

const extensionsOf = ({ code, retryable, retryAfterMs, inputPath }: AppError): Record<string, unknown> => ({
  code,
  retryable,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
  ...(inputPath !== undefined && { inputPath }),
});

const UNCODED = /^(Argument "|Schema is not configured to execute )/;

function codeOf(formatted: GraphQLFormattedError, error: unknown): string {
  const code = String(formatted.extensions?.code ?? '');
  // graphql-js gives no code where an argument only turns out wrong when its field is reached, nor for a subscription.
  const isOfGraphql = error instanceof GraphQLError && (error.originalError ?? error) instanceof GraphQLError;
  return isOfGraphql && UNCODED.test(error.message) ? 'BAD_USER_INPUT' : code;
}
