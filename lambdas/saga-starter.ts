import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { unqueued } from '../adapters/lambda/queued.ts';
import { causesOfNotice, noteTooLate, toEventId } from '../adapters/lambda/saga-events.ts';
import { stepFunctionsStarts } from '../adapters/sagas/step-functions-sagas.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { eventsOf, sagasOf } from '../core/registry/domain.ts';
import { sagaStarter } from '../core/sagas/running/starter.ts';
import { domain, eventStore, logger, measure, now, observing, sagaMachines } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const start = sagaStarter({
  sagas: sagasOf(domain),
  executions: stepFunctionsStarts(sagaMachines()),
  now,
  onTooLate: noteTooLate({ measure, logger }),
});

/** Starts the sagas that begin with an event of the bus. */
export const handler = middy()
  .use([unqueued(), ...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (notice) => {
    const event = await unlessDropped(find(toEventId(notice)));
    if (event !== undefined) await start(event);
  });
