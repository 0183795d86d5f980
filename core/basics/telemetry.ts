/** What the service measures, and what one unit of each is. The dashboard shows these texts. */
export const measures = {
  commandsAccepted: 'a command that recorded events',
  commandsUnchanged: 'a command that changed nothing',
  commandsRepeated: 'a command that was answered from the log, because an earlier try had been carried out',
  commandsRefused: 'a command that the domain refused',
  commandsConflicted: 'a command that lost to other writers in every try, or whose precondition did not hold',
  commandsInvalid: 'a command with an invalid request',
  commandsUnavailable:
    'a command that failed because a service of AWS did not answer in time, or because only a newer release knows its stream',
  commandsFailed: 'a command that failed because of a bug',
  appendConflicts: 'an append that lost to another writer; the command is decided again',
  appendMilliseconds: 'the duration of an append',
  projectionLagMilliseconds: 'the time from the recording of a commit until a read model contains it',
  gapsRepaired: 'a read of the log for a commit that was missing when a later one arrived',
  duplicatesDropped: 'a commit that arrived again at a read model or at the relay',
  streamsParked: 'a stream that a projection or the relay has parked',
  streamsWaiting: 'a stream that waits for a newer release, because this one does not know an event; it then goes on by itself',
  deliveriesFailed: 'a stream whose delivery failed; it is delivered again',
  recordsPassedOver: 'an item in the events table that is no commit of a stream: this service did not write it',
  sagasTooLate:
    'a saga that was not started, because its event is older than 30 days: the saga ran elsewhere, or the stream was parked that long',
  sagasAborted: 'a saga that aborted: its steps are undone, and its last command is carried out',
  sagasNotInterrupted: 'an event that would have interrupted a saga, but came after its point of no return',
  sagasNotUnique: 'a saga that was not started, because another run has its key',
  sagasWaiting: 'a saga that waits for an operator',
  reactionsTooLate: 'a reaction to an event that is older than 30 days: it sent no command',
  schedulesLeftOut: 'a time of a schedule that was missed, and is not sent later because the schedule says so',
  remindersTooLate: 'a reminder whose time was past when its event was heard, 14 days or more after the event: it sent no command',
  remindersMissing: 'a time that had no schedule, or passed without its command, as the daily audit found and repaired it',
  remindersStale: 'a schedule of an event that no longer counts, which the daily audit deleted',
  commandsParked: 'a command of a process that was refused, and waits for an operator',
  webhooksUnverified: 'a delivery to a webhook that was not signed, or too old: nothing was recorded',
  webhooksIgnored: 'an event of a provider of a type that its webhook has no row for',
  inboxDropped: 'an event that no row of its inbox is for; it was dropped',
  callsUnanswered: 'a call that a third party did not answer; it is made again',
  callsHeld: 'a call that waits in its queue, because the circuit of its third party is open',
  callsRefused: 'a call that a third party refused for good',
  busFailures: 'an integration event that the bus did not accept; it is published again',
} as const;

export type Measured = keyof typeof measures;

/** Records a count or a duration. It never throws, and no caller waits for it. */
export type Measure = (what: Measured, value: number) => void;
