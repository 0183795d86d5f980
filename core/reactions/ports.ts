/** A command that was not carried out, and will not be until an operator sends it again. */
export interface ParkedCommand {
  readonly reaction: string;
  /** The event that caused it: `booking-42@7`. */
  readonly event: string;
  /** Which command of the event, from 0; `row` if the row itself failed, so that its commands are not known. */
  readonly place: number | 'row';
  /** `AwardPoints of guest-7`; absent for `row`. */
  readonly command?: string;
  /** The code of the refusal, or of the error. */
  readonly code: string;
  readonly message: string;
  /** ISO 8601: when it was parked. */
  readonly since: string;
}

/** The store of parked commands. */
export interface ParkedCommands {
  /** Replaces the entry of the same reaction, event and place. */
  put(parked: ParkedCommand): Promise<void>;
  /** Those of one event, strongly consistent. */
  of(reaction: string, event: string): Promise<readonly ParkedCommand[]>;
  /** Those of a reaction. */
  all(reaction: string): AsyncIterable<ParkedCommand>;
  /** It does nothing if there is no such entry. */
  delete(parked: Pick<ParkedCommand, 'reaction' | 'event' | 'place'>): Promise<void>;
}
