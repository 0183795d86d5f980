import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { steward } from '../core/rebuild/steward.ts';
import { domain, now, observing, pause, pointers, readModels, rebuilds } from './runtime.ts';

const stewarding = { domain, pointers: pointers(), readModels: readModels(), rebuilds: rebuilds(), now, pause };

/** Starts a rebuild of each projection that is not complete, once a minute. */
export const handler = middy()
  .use([...observed(observing), reported(observing)])
  .handler(() => steward(stewarding));
