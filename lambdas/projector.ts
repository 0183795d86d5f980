import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { firstFailure, toCommits } from '../adapters/stream-batch.ts';
import { projectBatch } from './runtime.ts';

const project = projectBatch();

/** Hosts every projection. */
export const handler = middy<DynamoDBStreamEvent, DynamoDBBatchResponse>().handler(async ({ Records }) =>
  firstFailure(Records, await project(toCommits(Records))),
);
