import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { causesOfNotice, toEventId } from '../adapters/lambda/saga-events.ts';
import { dynamoSagaTokens } from '../adapters/sagas/dynamo-saga-tokens.ts';
import { stepFunctionsExecutions } from '../adapters/sagas/step-functions-sagas.ts';
import { findEvent } from '../core/log/find-event.ts';
import { eventsOf, sagasOf } from '../core/registry/domain.ts';
import { sagaListener } from '../core/sagas/running/listener.ts';
import { domain, eventStore, observing, sagaTable, sagaTasks } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const listen = sagaListener({
  sagas: sagasOf(domain),
  tokens: dynamoSagaTokens(sagaTable()),
  executions: stepFunctionsExecutions(sagaTasks()),
});

/** Answers the saga steps that wait for an event of the bus. */
export const handler = middy()
  .use([...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (event) => listen(await find(toEventId(event))));
