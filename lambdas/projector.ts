import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { measuredStores } from '../adapters/lambda/measured.ts';
import { observed } from '../adapters/lambda/observed.ts';
import { causesIn, firstFailure, toDeliveries } from '../adapters/lambda/stream-batch.ts';
import { projector } from '../core/read/projector.ts';
import { projectionsOf } from '../core/registry/domain.ts';
import { domain, logger, measure, observing, pointers, stores } from './runtime.ts';

const { read } = pointers();
const tables = stores();
const listeners = projectionsOf(domain);
const leaderOf = async (projection: string) => (await read(projection)).leads;

/** Hosts every projection. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>()
  .use(observed(observing, { causesOf: causesIn }))
  .handler(async ({ Records }) => {
    const deliveries = toDeliveries(Records);
    const project = projector(measuredStores(tables, { measure, deliveries, projectionsOf: listeners }), listeners, leaderOf);
    return firstFailure(Records, await project(deliveries), { logger, measure });
  });
