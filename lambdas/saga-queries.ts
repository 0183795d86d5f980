import { http } from '../adapters/http/http.ts';
import { sagaRoutes } from '../adapters/http/saga-routes.ts';
import { stepFunctionsLook } from '../adapters/sagas/step-functions-sagas.ts';
import { domain, edge, eventStore, sagaMachines } from './runtime.ts';

/** Where a saga is. */
export const handler = http(sagaRoutes({ domain, eventStore: eventStore(), executions: stepFunctionsLook(sagaMachines()) }), edge);
