// The closed set of answers that are not a success. Anything else that is thrown is a bug.

/** What a failure tells its caller beyond the code; it becomes part of the problem document. */
export type Details = Readonly<Record<string, unknown>>;

/** The caller asked for something that cannot be: not well-formed, too large, contradicting itself. Never retried. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
  readonly code: InvalidCode;
  readonly details: Details;
  constructor(code: InvalidCode, message: string, details: Details = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export type InvalidCode =
  | 'InvalidData'
  | 'InvalidId'
  | 'InvalidRequest'
  | 'InvalidCursor'
  | 'UnknownType'
  | 'UnsupportedMediaType'
  | 'BodyTooLarge'
  | 'CommitTooLarge'
  | 'IdempotencyKeyReused';

/** The caller may not, or has not said who it is. `scope` is what would help. */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly code: 'Unauthorized' | 'Forbidden';
  readonly scope: string | undefined;
  constructor(code: Denied['code'], message: string, scope?: string) {
    super(message);
    this.code = code;
    this.scope = scope;
  }
}

/** Nothing goes by that name. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  readonly code: 'NotFound' | 'UnknownAggregate' | 'UnknownCommand' | 'UnknownProjection' | 'UnknownSaga' | 'UnknownStep' | 'UnknownRoute';
  constructor(code: NotFound['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The domain said no. Expected, never retried; `code` is part of the API. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly details: Details;
  constructor(code: string, details: Details = {}) {
    super(code);
    this.code = code;
    this.details = details;
  }
}

/** The stream is not where the caller needs it to be: other writers kept getting there first, or a precondition does not hold. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  readonly code: 'ConcurrencyConflict' | 'PreconditionFailed';
  readonly details: Details;
  constructor(code: Conflict['code'], message: string, details: Details = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** An event that does not fit its schema, on the way in or back: a bug in the domain, or data of another version of it. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/** What a read table, or the bus, will never take. */
export class Unwritable extends Error {
  override readonly name: string = 'Unwritable';
}

/** What no read table will ever take in one write; in several, it may. */
export class TooLargeTogether extends Unwritable {
  override readonly name = 'TooLargeTogether';
}

/** Something we depend on did not answer; whether it acted is not known. The same request may be sent again. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly code = 'Unavailable';
  readonly retryAfterSeconds = 1;
}

/**
 * Refuses the command unless the invariant holds, and tells the compiler that it does. The code is PascalCase and part of the API: the caller
 * is answered 409 with it, and with `details`.
 * @throws Refusal with this code.
 *
 * @example
 * ensure(status === 'placed', 'OrderNotOpen', { status });
 */
export function ensure(holds: boolean, code: string, details?: Details): asserts holds {
  if (!holds) throw new Refusal(code, details);
}
