import {
  Conflict,
  Denied,
  type Details,
  Invalid,
  type InvalidCode,
  type NewerRelease,
  NotFound,
  Refusal,
  TooManyRequests,
  Unavailable,
} from '../../core/basics/errors.ts';
import { newerIn } from '../../core/log/newer-release.ts';
import type { HttpResponse, ProblemHeader } from './http-response.ts';

const invalidStatus: Partial<Record<InvalidCode, number>> = {
  BodyTooLarge: 413,
  CommitTooLarge: 413,
  UnsupportedMediaType: 415,
  IdempotencyKeyReused: 422,
};

/** Node's own titles. `node:http` takes as long to load as the rest of the edge, so the first problem loads it. */
const titleOf = (status: number): string | undefined => process.getBuiltinModule('node:http').STATUS_CODES[status];

/** The contents of a problem document. */
interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly details?: Details;
}

/** The status and the document of each kind of failure. The document of a bug has no details. */
const judge = (error: unknown): Problem => {
  if (error instanceof Invalid)
    return { status: invalidStatus[error.code] ?? 400, code: error.code, detail: error.message, details: error.details };
  if (error instanceof Denied) return { status: error.code === 'Unauthorized' ? 401 : 403, code: error.code, detail: error.message };
  if (error instanceof NotFound) return { status: 404, code: error.code, detail: error.message };
  if (error instanceof Refusal) return { status: 409, code: error.code, details: error.details };
  if (error instanceof Conflict)
    return { status: error.code === 'PreconditionFailed' ? 412 : 409, code: error.code, detail: error.message, details: error.details };
  if (error instanceof TooManyRequests) return { status: 429, code: error.code, detail: error.message };
  if (error instanceof Unavailable)
    return { status: 503, code: error.code, detail: 'a required service did not answer; send the same request again' };
  const newer = newerIn(error);
  if (newer !== undefined) return { status: 503, code: newer.code, detail: newer.message, details: newer.details };
  return { status: 500, code: 'InternalError' };
};

/** The `www-authenticate` header of a refusal, as RFC 6750 has it. If a rule of the aggregate refuses, no other token would help. */
const challenge = ({ code, scope }: Denied): { 'www-authenticate'?: string } => {
  if (code === 'NotAllowed') return {};
  if (code === 'Unauthorized') return { 'www-authenticate': 'Bearer' };
  return { 'www-authenticate': `Bearer error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}` };
};

const retryAfter = (error: Unavailable | TooManyRequests | NewerRelease | undefined): { 'retry-after'?: string } =>
  error === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) };

/** A problem document (RFC 9457). Its `code` is stable and meant for programs. */
export const toProblem = (error: unknown, correlationId: string): HttpResponse<ProblemHeader> => {
  const { headers, ...document } = problemDocument(judge(error), correlationId);
  return {
    ...document,
    headers: {
      ...headers,
      ...(error instanceof Denied ? challenge(error) : {}),
      ...retryAfter(error instanceof Unavailable || error instanceof TooManyRequests ? error : newerIn(error)),
    },
  };
};

export const problemDocument = ({ status, code, detail, details = {} }: Problem, correlationId: string): HttpResponse<ProblemHeader> => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: {
    ...details,
    type: 'about:blank',
    title: titleOf(status),
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    correlationId,
  },
});
