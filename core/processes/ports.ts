/** A command that was not carried out, and will not be until an operator sends it again. */
export interface ParkedCommand {
  /** The process that sends it, with its kind: `reaction:award-points`. */
  readonly process: string;
  /** What caused it: the id of an event, `booking-42@7`, or of what came from outside. */
  readonly cause: string;
  /** Which command of the cause, from 0; `row` if the row itself failed, so that its commands are not known. */
  readonly place: number | 'row';
  /** `AwardPoints of guest-7`; absent for `row`. */
  readonly command?: string;
  /** The code of the refusal, or of the error. */
  readonly code: string;
  readonly message: string;
  /** ISO 8601: when it was parked. */
  readonly since: string;
  /** What came from outside, as text, so that it can be tried again. Absent where the cause is an event of the log. */
  readonly input?: string;
}

/** The store of parked commands. */
export interface ParkedCommands {
  /** Replaces the entry of the same process, cause and place. */
  put(parked: ParkedCommand): Promise<void>;
  /** Those of one cause, strongly consistent. */
  of(process: string, cause: string): Promise<readonly ParkedCommand[]>;
  /** Those of a process. */
  all(process: string): AsyncIterable<ParkedCommand>;
  /** It does nothing if there is no such entry. */
  delete(parked: Pick<ParkedCommand, 'process' | 'cause' | 'place'>): Promise<void>;
}
