import middy from '@middy/core';
import { dynamoSagaTokens } from '../adapters/dynamo-saga-tokens.ts';
import { observed, reported } from '../adapters/observed.ts';
import { causesOfNotice, toEventId } from '../adapters/saga-events.ts';
import { stepFunctionsExecutions } from '../adapters/step-functions-sagas.ts';
import { sagaListener } from '../core/saga-listener.ts';
import { eventOf } from '../core/saga-starter.ts';
import { domain, eventStore, observing, sagaTable, sagaTasks } from './runtime.ts';

const find = eventOf({ domain, eventStore: eventStore() });
const listen = sagaListener({ domain, tokens: dynamoSagaTokens(sagaTable()), executions: stepFunctionsExecutions(sagaTasks()) });

/** Tells the sagas that wait for an event of the bus that it is there. */
export const handler = middy()
  .use([...observed(observing, { causesOf: causesOfNotice }), reported(observing)])
  .handler(async (event) => listen(await find(toEventId(event))));
