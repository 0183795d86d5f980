import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { unqueued } from '../adapters/lambda/queued.ts';
import { causesOfNotice, noteNotUnique, noteTooLate, toEventId } from '../adapters/lambda/saga-events.ts';
import { dynamoSagaClaims } from '../adapters/sagas/dynamo-saga-claims.ts';
import { stepFunctionsStarts } from '../adapters/sagas/step-functions-sagas.ts';
import { stepFunctionsStates } from '../adapters/sagas/step-functions-states.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { eventsOf, sagasOf } from '../core/registry/domain.ts';
import { sagaStarter } from '../core/sagas/running/starter.ts';
import { domain, eventStore, logger, measure, now, observing, sagaMachines, sagaTable } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const machines = sagaMachines();
const isUnique = sagasOf(domain).some(({ unique }) => unique !== undefined); // Without such a saga this function has no table.
const start = sagaStarter({
  sagas: sagasOf(domain),
  executions: stepFunctionsStarts(machines),
  now,
  onTooLate: noteTooLate({ measure, logger }),
  unique: isUnique
    ? { claims: dynamoSagaClaims(sagaTable()), stateOf: stepFunctionsStates(machines), onRefused: noteNotUnique({ measure, logger }) }
    : undefined,
});

/** Starts the sagas that begin with an event of the bus. */
export const handler = middy()
  .use([unqueued(), ...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (notice) => {
    const event = await unlessDropped(find(toEventId(notice)));
    if (event !== undefined) await start(event);
  });
