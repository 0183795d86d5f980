import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { unqueued } from '../adapters/lambda/queued.ts';
import { causesOfNotice, noteTooLateToInterrupt, toEventId, toStop } from '../adapters/lambda/saga-events.ts';
import { dynamoSagaFates } from '../adapters/sagas/dynamo-saga-fates.ts';
import { dynamoSagaTokens } from '../adapters/sagas/dynamo-saga-tokens.ts';
import { stepFunctionsExecutions, stepFunctionsStops } from '../adapters/sagas/step-functions-sagas.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { eventsOf, sagasOf } from '../core/registry/domain.ts';
import { sagaInterrupter } from '../core/sagas/running/interrupter.ts';
import { sagaListener } from '../core/sagas/running/listener.ts';
import { domain, eventStore, logger, measure, now, observing, sagaMachines, sagaTable } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const machines = sagaMachines();
const executions = { ...stepFunctionsExecutions(machines), ...stepFunctionsStops(machines) };
const listen = sagaListener({ sagas: sagasOf(domain), tokens: dynamoSagaTokens(sagaTable()), executions });
const interrupt = sagaInterrupter({
  sagas: sagasOf(domain),
  fates: dynamoSagaFates(sagaTable()),
  executions,
  onTooLate: noteTooLateToInterrupt({ measure, logger }),
});

/** Answers the saga steps that wait for an event of the bus, or that it interrupts, and stops executions. */
export const handler = middy()
  .use([unqueued(), ...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (notice) => {
    const stop = toStop(notice, now());
    if (stop === undefined) {
      const happened = await unlessDropped(find(toEventId(notice)));
      if (happened === undefined) return;
      await interrupt(happened); // First: a step that waits for this event and is interrupted by it goes back.
      await listen(happened);
      return;
    }
    if (stop !== 'too late') await executions.stop(stop);
  });
