/** Says one line of a running system; `source` is the part of the system that says it. */
export type Say = (source: string, line: string) => void;

/** What happens in a running system, for a log that people read. */
export type Occurrence =
  /** A request has its answer. */
  | {
      readonly type: 'answered';
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly milliseconds: number;
    }
  /** A function has taken a commit from the stream of the events table. */
  | {
      readonly type: 'delivered';
      readonly to: string;
      readonly stream: string;
      /** Of the first event. */
      readonly version: number;
      readonly types: readonly string[];
    }
  /** A state machine has entered a state, or has ended. */
  | {
      readonly type: 'step';
      readonly machine: string;
      readonly execution: string;
      readonly state: string;
    };

export type Tell = (occurrence: Occurrence) => void;
