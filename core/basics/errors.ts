// The closed set of expected errors. Any other error is a bug: the caller gets 500, and an alarm goes off.

/** What an error tells its caller beside the code. The details become part of the problem document. */
export type Details = Readonly<Record<string, unknown>>;

/** The request is malformed, too large, or contradicts itself. It fails again if it is sent again. */
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

/**
 * The caller is not authenticated (`Unauthorized`), lacks a scope (`Forbidden`; `scope` names it), or is refused by a rule of the aggregate
 * on who may send the command (`NotAllowed`).
 */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly code: 'Unauthorized' | 'Forbidden' | 'NotAllowed';
  readonly scope: string | undefined;
  constructor(code: Denied['code'], message: string, scope?: string) {
    super(message);
    this.code = code;
    this.scope = scope;
  }
}

/** The service has no stream, document, command or route of this name. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
  readonly code: 'NotFound' | 'UnknownAggregate' | 'UnknownCommand' | 'UnknownProjection' | 'UnknownSaga' | 'UnknownRoute';
  constructor(code: NotFound['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The domain refuses a command. Refusals are expected and are not retried. `code` is part of the API. */
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

/**
 * The stream is in another state than the caller needs: other writers were first in every try (`ConcurrencyConflict`), a precondition does
 * not hold, or a read model has parked the stream (`Parked`).
 */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  readonly code: 'ConcurrencyConflict' | 'PreconditionFailed' | 'Parked';
  readonly details: Details;
  constructor(code: Conflict['code'], message: string, details: Details = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** An event does not fit its schema when it is written or read: the domain has a bug, or other code wrote the event. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/** A read table, or the bus, rejects this data for good. A retry cannot help. */
export class Unwritable extends Error {
  override readonly name: string = 'Unwritable';
}

/** The rows are too large for one write to a read table. Several smaller writes may succeed. */
export class TooLargeTogether extends Unwritable {
  override readonly name = 'TooLargeTogether';
}

/** A service that this one depends on did not answer. It may have acted or not. The same request may be sent again. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly code = 'Unavailable';
  readonly retryAfterSeconds = 1;
}

/** The caller's tenant sends more requests than its quota allows. The service executed nothing. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly code = 'TooManyRequests';
  readonly retryAfterSeconds: number;
  constructor(message: string, retryAfterSeconds: number) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What a reader must know: an event type in a schema version, or a format of sealed values. */
export type Needs = { readonly type: string; readonly schema: number } | { readonly sealed: number };

/**
 * A newer release of the service has recorded what this code does not know. Nothing is wrong with the data: the same request succeeds
 * after a release that knows them is deployed. `needs` is absent if it is not an event that the code does not know.
 */
export class NewerRelease extends Error {
  override readonly name = 'NewerRelease';
  readonly code = 'NewerRelease';
  /** A deployment takes minutes. */
  readonly retryAfterSeconds = 60;
  readonly details: Details;
  readonly needs: Needs | undefined;
  constructor(message: string, details: Details = {}, needs?: Needs) {
    super(message);
    this.details = details;
    this.needs = needs;
  }
}

/**
 * Refuses the command unless the invariant holds. The compiler narrows types by `holds`. The code is PascalCase and part of the API: the
 * caller gets 409 with the code and `details`.
 * @throws Refusal with this code.
 *
 * @example
 * ensure(status === 'placed', 'OrderNotOpen', { status });
 */
export function ensure(holds: boolean, code: string, details?: Details): asserts holds {
  if (!holds) throw new Refusal(code, details);
}
