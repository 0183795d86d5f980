/** What those who run the service are told about, and what one of each is. */
export const measures = {
  commandsAccepted: 'a command that recorded events',
  commandsUnchanged: 'a command that found everything as it wished, so nothing was recorded',
  commandsRepeated: 'a command that was answered from the log, because it had been carried out before',
  commandsRefused: 'a command to which the domain said no',
  commandsConflicted: 'a command that other writers kept from its turn, or whose precondition did not hold',
  commandsInvalid: 'a command that could not be understood',
  commandsUnavailable: 'a command that a service of AWS did not answer in time',
  commandsFailed: 'a command that met a bug',
  appendConflicts: 'an append that another writer was ahead of; it is decided again',
  appendMilliseconds: 'how long an append took',
  projectionLagMilliseconds: 'how long after a commit was recorded a read model held it',
  gapsRepaired: 'a read of the log for a commit that had not come when a later one had',
  duplicatesDropped: 'a commit that came to a read model, or to the relay, which had it already',
  streamsParked: 'a stream that a projection, or the relay, has set aside',
  deliveriesFailed: 'a stream whose delivery failed, so that it is delivered again',
  recordsPassedOver: 'an item in the events table that no stream has a name for: nothing of this service put it there',
  sagasTooLate:
    'a saga that is not started, because its event is older than 30 days: it was begun elsewhere, or the event was set aside for so long',
  sagasAborted: 'a saga that came to nothing: what it had done is undone, and its last command is carried out',
  sagasWaiting: 'a saga that waits for an operator',
  callsUnanswered: 'a call to a third party that was not answered; it is made again',
  callsRefused: 'a call that a third party has turned down for good',
  busFailures: 'an integration event that the bus did not take; it is published again',
} as const;

export type Measured = keyof typeof measures;

/** Notes how many, or how long. It never throws, and nothing waits for it. */
export type Measure = (what: Measured, value: number) => void;
