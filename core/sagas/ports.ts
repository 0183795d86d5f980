import type { Address } from '../basics/stream.ts';

/** The input of an execution, as JSON; every task receives it. */
export interface SagaInput {
  /** Id of the event that started the saga: `order-42@1`. */
  readonly event: string;
  /** The revision of the saga that made the context; absent for the first. */
  readonly revision?: number;
  readonly correlationId: string;
  readonly actor?: string | undefined;
  /** That of the event which started the saga; absent for 0. */
  readonly depth?: number | undefined;
  /** When that event was recorded, in the input of a saga that events may interrupt: ISO 8601. */
  readonly at?: string | undefined;
  /** The event is not new, so the log may have commands of an earlier execution that Step Functions does not know: of another stack. */
  readonly again?: boolean;
  readonly context: unknown;
}

/**
 * An event's answer to a waiting step: the step is done, or the saga aborts with a reason. `output` is what the machine keeps of a task that
 * is done: the context after a step that learns, or a decision.
 */
export type SagaAnswer = { readonly proceed: true; readonly output?: unknown } | { readonly abort: string };

/**
 * The result of a task: an event's answer, or a refusal with its reason. Refused means that the task did not act and will not act.
 * `onRetry`: this try was refused, but an earlier try may have acted. Unknown: the running code does not know the task, and an operator has
 * it tried again after other code is deployed. Late: the log has no event that answers the step, whose time is up.
 */
export type TaskAnswer =
  | SagaAnswer
  | { readonly refused: string; readonly onRetry?: true }
  | { readonly unknown: string }
  | { readonly late: string }
  | Interrupted;

/** An event has interrupted the saga. `midway`: the step acted or may have acted, so it is undone too. */
export interface Interrupted {
  readonly interrupted: string;
  readonly midway?: true;
}

/** A state machine's request for one task of an execution. */
export interface SagaTaskRequest {
  readonly saga: string;
  /** Absent in an execution that a release without this field started: its machine does not know the answer `unknown`. */
  readonly revision?: number;
  readonly execution: string;
  readonly input: SagaInput;
  /** Absent: the machine does not know the answer `interrupted`. */
  readonly isInterruptible?: boolean;
  /**
   * `look`: the time of a step is up, so look whether its answer is in the log. `decide`: ask the definition where to go. `close`: all steps
   * are done, unless an event interrupts.
   */
  readonly does: 'send' | 'look' | 'decide' | 'close' | 'undo' | 'abort' | 'ask-operator';
  /** For `decide`: what is asked of the step. */
  readonly asks?: Question;
  /** For `decide`: the round that was begun last, if the step repeats. */
  readonly round?: number;
  /** For the question `choose`: the branches that the machine knows. */
  readonly branches?: readonly string[];
  readonly step?: string;
  readonly index?: number;
  /** For `send`, `undo` and `abort`: an earlier try of the task may have been carried out. */
  readonly isRetry?: boolean;
  /** When the execution entered the task's state: ISO 8601. Absent if it may have entered the state before. */
  readonly enteredAt?: string;
  /** The task ends when an answer is sent to this token, not when the function returns. */
  readonly token: string;
  /** Why the saga aborts, by step; a list if several steps began together. For `ask-operator`: the failure to look at. */
  readonly failed?: Failures | readonly Failures[] | Failure;
  /** For `ask-operator`: the state that failed. */
  readonly state?: string;
}

/** What a saga decides by its context, each by the field of a step that answers it. */
export type Question = 'when' | 'choose' | 'until' | 'repeat';

/** A failure as a state machine reports it. `Cause` is the answer of the task, or a function's error as JSON. */
export interface Failure {
  readonly Error: string;
  readonly Cause?: string;
}
export type Failures = Readonly<Record<string, Failure>>;

/** A step that waits for an event of a stream. Events before version `since` do not answer it. */
export interface WaitingStep {
  readonly stream: Address;
  readonly since: number;
  readonly saga: string;
  /** As in the request of the task. */
  readonly revision?: number;
  readonly step: string;
  readonly index: number;
  readonly execution: string;
  readonly token: string;
  /** The input of the task as JSON, if the step learns from the event. */
  readonly told?: string;
  /** How long the step waits. */
  readonly timeoutSeconds: number;
}

/** The store of waiting steps. */
export interface SagaTokens {
  /** Stores one entry per token. Two tries of a step have two entries, because the store cannot know which try is the last. */
  put(waiting: WaitingStep): Promise<void>;
  /** All steps that wait for an event of a stream, strongly consistent: it contains every step whose `put` has resolved. */
  waitingOn(stream: Address): Promise<readonly WaitingStep[]>;
  /** Deletes the entry of this token only. */
  delete(waiting: WaitingStep): Promise<void>;
}

/** Starts executions of sagas. */
export interface SagaStarts {
  /** Starts one execution per machine and event. A second call for the same event changes nothing. */
  start(machine: string, input: SagaInput): Promise<void>;
}

/** Sends the answers of tasks to their executions. */
export interface SagaTaskAnswers {
  /** Ends the task with this token. It does nothing if the task has ended already. */
  answer(token: string, answer: TaskAnswer): Promise<void>;
}

/** An execution whose machine does not know the answer `unknown`: it would take any other answer for a reason to undo the saga. */
export interface ExecutionToStop {
  readonly saga: string;
  readonly execution: string;
  /** What the running code does not know. */
  readonly why: string;
}

/** Stops an execution where it is. An operator redrives it from there. */
export interface SagaStops {
  stop(execution: ExecutionToStop): Promise<void>;
}

/** Asks an operator about a failed task. The operator answers with the token: try again, or go on without the task. */
export type AskOperator = (call: SagaTaskRequest) => Promise<void>;
