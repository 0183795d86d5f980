/** A time at which a reminder is told of an event. It has addresses and a time, and no data of the event. */
export interface Scheduled {
  /** The reminder as a process: `reminder:no-show`. */
  readonly process: string;
  /** The event that set the time: `booking-42@7`. */
  readonly event: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
}

export interface SchedulePage {
  readonly schedules: readonly Scheduled[];
  /** Where the next page begins; opaque; absent on the last page. */
  readonly cursor?: string;
}

/**
 * The schedules of all reminders. Each fires once or more, some time after `at`, and is then gone. Each event that sets a time has a schedule
 * of its own, so that two writers of one stream do not overwrite each other's: the schedule of an event that no longer counts fires in
 * vain. Every method may throw Unavailable.
 */
export interface Schedules {
  /** Makes the schedule as it should be, and says what it did: made it, moved it to another time, or found it as it should be. */
  ensure(scheduled: Scheduled): Promise<'made' | 'moved' | 'kept'>;
  /** Answers whether there was one. */
  delete(scheduled: Pick<Scheduled, 'process' | 'event'>): Promise<boolean>;
  /** In no order. Schedules that are made or deleted meanwhile may be there or not. */
  list(cursor?: string): Promise<SchedulePage>;
}
