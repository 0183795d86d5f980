import { http } from '../adapters/http/http.ts';
import { sagaRoute } from '../adapters/http/saga-route.ts';
import { stepFunctionsLook } from '../adapters/sagas/step-functions-sagas.ts';
import { domain, edge, eventStore, sagaMachines } from './runtime.ts';

/** Answers where a saga is. */
export const handler = http(sagaRoute({ domain, eventStore: eventStore(), executions: stepFunctionsLook(sagaMachines()) }), edge());
