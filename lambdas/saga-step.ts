import middy from '@middy/core';
import { dynamoOperatorCases, dynamoSagaTokens } from '../adapters/dynamo-saga-tokens.ts';
import { metered } from '../adapters/metrics.ts';
import { callOperator, toSagaCall } from '../adapters/saga-events.ts';
import { stepFunctionsExecutions } from '../adapters/step-functions-sagas.ts';
import { sagaStep } from '../core/saga-step.ts';
import { commands, domain, eventStore, meter, sagaTable, sagaTasks } from './runtime.ts';

const step = sagaStep({
  domain,
  handle: commands(),
  eventStore: eventStore(),
  tokens: dynamoSagaTokens(sagaTable()),
  executions: stepFunctionsExecutions(sagaTasks()),
  callOperator: callOperator({ cases: dynamoOperatorCases(sagaTable()), measure: meter.measure }),
});

/** Does the tasks of the sagas' state machines; lib/saga-definition.ts says in which order. */
export const handler = middy()
  .use(metered(meter))
  .handler((event) => step(toSagaCall(event)));
