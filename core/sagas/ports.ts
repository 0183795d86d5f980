import type { Address } from '../basics/stream.ts';

/** What an execution begins with, and every task of it is told; JSON. */
export interface SagaInput {
  /** The event that started it: `order-42@1`. */
  readonly event: string;
  readonly correlationId: string;
  readonly actor?: string | undefined;
  readonly context: unknown;
}

/** What an event says to who waits for the step: that it is done, or why it came to nothing; `undefined` where it says nothing. */
export type SagaAnswer = { readonly proceed: true } | { readonly abort: string };

/**
 * How a task ended: as an event said, or refused, which is that nothing was done and nothing will be, and why. `onRetry`: this try
 * was refused, and what became of an earlier one is not known.
 */
export type TaskAnswer = SagaAnswer | { readonly refused: string; readonly onRetry?: true };

/** What a state machine asks for: one task of an execution. */
export interface SagaTaskRequest {
  readonly saga: string;
  readonly execution: string;
  readonly input: SagaInput;
  readonly does: 'send' | 'undo' | 'abort' | 'ask-operator';
  readonly step?: string;
  readonly index?: number;
  /** Of `send`: an earlier try of the task may have been carried out. */
  readonly isRetry?: boolean;
  /** The task ends by an answer to it, and not when the function does: what ends with an error is no answer. */
  readonly token: string;
  /** Why, by step, one after the other where many began together; of `ask-operator`, the failure that an operator is to look at. */
  readonly failed?: Failures | readonly Failures[] | Failure;
  /** Of `ask-operator`: the state that failed. */
  readonly state?: string;
}

/** As a state machine tells it: `Cause` is what was answered, or an error of a function as JSON. */
export interface Failure {
  readonly Error: string;
  readonly Cause?: string;
}
export type Failures = Readonly<Record<string, Failure>>;

/** A step that waits for an event, which answers it from version `since` of the stream on. */
export interface WaitingStep {
  readonly stream: Address;
  readonly since: number;
  readonly saga: string;
  readonly step: string;
  readonly index: number;
  readonly execution: string;
  readonly token: string;
  /** For so long, and then nobody waits any more. */
  readonly timeoutSeconds: number;
}

/** Those who wait. */
export interface SagaTokens {
  /** One for each token: of two tries of a step nobody knows here which is the last, so none takes the place of the other. */
  put(waiting: WaitingStep): Promise<void>;
  /** Strongly consistent: whoever was put before is among them. */
  waitingOn(stream: Address): Promise<readonly WaitingStep[]>;
  /** Those with other tokens wait on. */
  delete(waiting: WaitingStep): Promise<void>;
}

/** What begins sagas. */
export interface SagaStarts {
  /** One execution for each saga and event: a second start is the first one. */
  start(saga: string, input: SagaInput): Promise<void>;
}

/** The executions of state machines. */
export interface SagaTaskAnswers {
  /** Ends a task. Nothing where nobody waits with that token any more. */
  answer(token: string, answer: TaskAnswer): Promise<void>;
}

/** Tells an operator, who answers with the token: again, or go on without it. */
export type AskOperator = (call: SagaTaskRequest) => Promise<void>;
