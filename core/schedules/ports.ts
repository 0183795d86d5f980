/** How far a schedule that catches up has come. */
export interface Position {
  /** The expression and time zone that the time is of: under another one, nothing was missed. */
  readonly expression: string;
  /** ISO 8601: every time up to here is sent. */
  readonly sentUntil: string;
}

export interface Positions {
  /** Strongly consistent. Undefined before the first time. */
  get(schedule: string): Promise<Position | undefined>;
  /** Moves forward only, if the expression stays the same. */
  put(schedule: string, position: Position): Promise<void>;
}
