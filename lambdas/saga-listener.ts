import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { unqueued } from '../adapters/lambda/queued.ts';
import { causesOfNotice, toEventId, toStop } from '../adapters/lambda/saga-events.ts';
import { dynamoSagaTokens } from '../adapters/sagas/dynamo-saga-tokens.ts';
import { stepFunctionsExecutions, stepFunctionsStops } from '../adapters/sagas/step-functions-sagas.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { eventsOf, sagasOf } from '../core/registry/domain.ts';
import { sagaListener } from '../core/sagas/running/listener.ts';
import { domain, eventStore, now, observing, sagaMachines, sagaTable } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const machines = sagaMachines();
const executions = { ...stepFunctionsExecutions(machines), ...stepFunctionsStops(machines) };
const listen = sagaListener({ sagas: sagasOf(domain), tokens: dynamoSagaTokens(sagaTable()), executions });

/** Answers the saga steps that wait for an event of the bus, and stops executions. */
export const handler = middy()
  .use([unqueued(), ...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (notice) => {
    const stop = toStop(notice, now());
    const event = stop === undefined ? await unlessDropped(find(toEventId(notice))) : undefined;
    if (event !== undefined) await listen(event);
    else if (stop !== undefined && stop !== 'too late') await executions.stop(stop);
  });
