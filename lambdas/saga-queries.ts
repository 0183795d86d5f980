import { http } from '../adapters/http/http.ts';
import { sagaRoute } from '../adapters/http/saga-route.ts';
import { dynamoSagaClaims } from '../adapters/sagas/dynamo-saga-claims.ts';
import { dynamoSagaFates } from '../adapters/sagas/dynamo-saga-fates.ts';
import { stepFunctionsLook } from '../adapters/sagas/step-functions-sagas.ts';
import { sagasOf } from '../core/registry/domain.ts';
import { isInterruptible } from '../core/sagas/interruption.ts';
import { domain, edge, eventStore, sagaMachines, sagaTable } from './runtime.ts';

const sagas = sagasOf(domain);
// Without such sagas this function has no table.
const fates = sagas.some(isInterruptible) ? dynamoSagaFates(sagaTable()) : undefined;
const claims = sagas.some(({ unique }) => unique !== undefined) ? dynamoSagaClaims(sagaTable()) : undefined;

/** Answers where a saga is. */
export const handler = http(
  sagaRoute({ domain, eventStore: eventStore(), executions: stepFunctionsLook(sagaMachines()), fates, claims }),
  edge(),
);
