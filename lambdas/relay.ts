import middy from '@middy/core';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { measuredStores } from '../adapters/lambda/measured.ts';
import { observed } from '../adapters/lambda/observed.ts';
import { causesIn, deliver, firstFailure } from '../adapters/lambda/stream-batch.ts';
import { integrationEvents } from '../core/publish/publication.ts';
import { relay } from '../core/publish/relay.ts';
import { isRelayed, relayedOf } from '../core/registry/domain.ts';
import { bus, domain, logger, measure, observing, stores } from './runtime.ts';

const relaying = {
  ...measuredStores(stores(), measure),
  bus: bus(),
  integrationEvents: integrationEvents(relayedOf(domain)),
  isPublished: isRelayed(domain),
};

interface ByHand extends DynamoDBStreamEvent {
  /** Also publishes parked streams, after a repair: docs/operations.md. */
  readonly retryParked?: boolean;
}

/** Publishes the integration events of the domain to the bus. */
export const handler = middy<ByHand, DynamoDBBatchResponse>()
  .use(observed(observing, { causesOf: causesIn }))
  .handler(async ({ Records, retryParked = false }) => {
    const publish = relay(relaying, { retryParked });
    return firstFailure(Records, await deliver(Records, publish), { logger, measure });
  });
