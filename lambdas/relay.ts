import middy from '@middy/core';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import { measuredStores } from '../adapters/lambda/measured.ts';
import { observed } from '../adapters/lambda/observed.ts';
import { causesIn, deliver, firstFailure } from '../adapters/lambda/stream-batch.ts';
import { awaken, type BatchOrReminder } from '../adapters/lambda/waking.ts';
import { integrationEvents } from '../core/publish/publication.ts';
import { relay } from '../core/publish/relay.ts';
import { isRelayed, relayedOf } from '../core/registry/domain.ts';
import { relaysOf } from '../core/registry/followers.ts';
import { bus, domain, logger, measure, observing, stores, timeIsUp } from './runtime.ts';

const relaying = {
  ...measuredStores(stores(), measure),
  bus: bus(),
  integrationEvents: integrationEvents(relayedOf(domain)),
  isPublished: isRelayed(domain),
};

interface ByHand extends BatchOrReminder {
  /** Also publishes parked streams, after a repair: docs/operations.md. */
  readonly retryParked?: boolean;
}

/** Publishes the integration events of the domain to the bus. */
export const handler = middy<ByHand, DynamoDBBatchResponse>()
  .use(observed(observing, { causesOf: causesIn }))
  .handler(async ({ Records, wake, retryParked = false }, context) => {
    const publish = relay(relaying, { retryParked });
    const notes = { logger, measure };
    if (wake) return awaken({ stores: relaying, followers: relaysOf(domain), bringUp: publish, until: timeIsUp(context) }, notes);
    return firstFailure(Records, await deliver(Records, publish), notes);
  });
