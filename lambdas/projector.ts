import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { measuredStores } from '../adapters/lambda/measured.ts';
import { observed } from '../adapters/lambda/observed.ts';
import { causesIn, deliver, firstFailure } from '../adapters/lambda/stream-batch.ts';
import { projector } from '../core/read/projector.ts';
import { projectionsOf } from '../core/registry/domain.ts';
import { domain, logger, measure, observing, pointers, stores } from './runtime.ts';

const { read } = pointers();
const leaderOf = async (projection: string) => (await read(projection)).leads;

const project = projector(measuredStores(stores(), measure), projectionsOf(domain), leaderOf);

/** Hosts every projection. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(observed(observing, { causesOf: causesIn }))
  .handler(async ({ Records }) => {
    return firstFailure(Records, await deliver(Records, project), { logger, measure });
  });
