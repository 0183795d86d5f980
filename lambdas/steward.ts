import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { dynamoOperatorCases } from '../adapters/sagas/dynamo-operator-cases.ts';
import { stepFunctionsOperator } from '../adapters/sagas/step-functions-sagas.ts';
import { steward } from '../core/rebuild/steward.ts';
import { sagasOf } from '../core/registry/domain.ts';
import { continueSagas } from '../core/sagas/running/continuing.ts';
import { domain, now, observing, pause, pointers, readModels, rebuilds, release, sagaTable, sagaTasks } from './runtime.ts';

const stewarding = { domain, pointers: pointers(), readModels: readModels(), rebuilds: rebuilds(), now, pause };

const sagas = sagasOf(domain);
const { retry } = stepFunctionsOperator({ ...sagaTasks(), machines: {} });
const lookAfterSagas = async (): Promise<void> => {
  if (sagas.length > 0) await continueSagas({ sagas, cases: dynamoOperatorCases(sagaTable()), retry, release: release() });
};

/** Once a minute: starts a rebuild of each projection that is not complete, and continues the sagas that waited for this release. */
export const handler = middy()
  .use([...observed(observing), reported(observing)])
  .handler(async () => {
    const [rebuilding, continuing] = await Promise.allSettled([steward(stewarding), lookAfterSagas()]);
    if (continuing.status === 'rejected') throw continuing.reason;
    if (rebuilding.status === 'rejected') throw rebuilding.reason;
    return rebuilding.value;
  });
