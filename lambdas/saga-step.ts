import middy from '@middy/core';
import { measuredCommands, measuredSteps } from '../adapters/lambda/measured.ts';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { callOperator, causesOfTask, stopNotices, toSagaCall } from '../adapters/lambda/saga-events.ts';
import { dynamoOperatorCases } from '../adapters/sagas/dynamo-operator-cases.ts';
import { dynamoSagaFates } from '../adapters/sagas/dynamo-saga-fates.ts';
import { dynamoSagaTokens } from '../adapters/sagas/dynamo-saga-tokens.ts';
import { stepFunctionsExecutions } from '../adapters/sagas/step-functions-sagas.ts';
import { sagasOf } from '../core/registry/domain.ts';
import { bus, commands, domain, eventStore, logger, measure, now, observing, release, sagaTable, sagaTasks } from './runtime.ts';

const handle = commands();
const stepping = {
  sagas: sagasOf(domain),
  handle: measuredCommands(handle, measure),
  eventStore: eventStore(),
  tokens: dynamoSagaTokens(sagaTable()),
  fates: dynamoSagaFates(sagaTable()),
  executions: stepFunctionsExecutions(sagaTasks()),
  stops: stopNotices({ bus: bus(), now }),
  now,
  callOperator: callOperator({ cases: dynamoOperatorCases({ ...sagaTable(), release: release() }), measure, logger }),
};
const step = measuredSteps(stepping, measure);

/** Does the tasks of the sagas' state machines. lib/saga-definition.ts has their order. */
export const handler = middy()
  .use([...observed(observing, { causesOf: causesOfTask }), reported(observing)])
  .handler((event) => step(toSagaCall(event)));
