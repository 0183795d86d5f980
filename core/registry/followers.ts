import type { Address } from '../basics/stream.ts';
import { integrationEvents } from '../publish/publication.ts';
import { type EventBus, relay, relayPositions } from '../publish/relay.ts';
import type { BringUp, ProjectionPorts } from '../read/ports.ts';
import type { AnyProjection } from '../read/projection.ts';
import { project } from '../read/projector.ts';
import { type Domain, hasRelayed, isListening, isRelayed, relayedOf, revisionOf } from './domain.ts';

// The followers of the log: each projection, and the relay. Each keeps a version per stream, so an audit can compare it with the log.

/** The relay's position as a follower, if the domain has publications, sagas, calls or reactions; otherwise empty. */
export const relaysOf = (domain: Domain): readonly AnyProjection[] => (hasRelayed(domain) ? [relayPositions] : []);

/** A revision of a projection, or the relay. @throws NotFound. */
export const followerOf = (domain: Domain, name: string, revision: number): AnyProjection =>
  relaysOf(domain).find((one) => one.name === name) ?? revisionOf(domain, name, revision);

/** Whether a follower keeps a version of a stream. The relay does if it publishes events of the stream's aggregate. */
export const isFollowing =
  (domain: Domain) =>
  (follower: AnyProjection, stream: Address): boolean =>
    follower === relayPositions ? isRelayed(domain)(stream.aggregate) : isListening(domain)(follower, stream);

/**
 * Brings any follower up to date with deliveries. For the relay it publishes the missing events. That is safe beside the running relay,
 * because both go through the gate and keep the order of the stream.
 */
export const bringUp =
  (stores: ProjectionPorts, { domain, bus }: { readonly domain: Domain; readonly bus: EventBus }): BringUp =>
  (follower, deliveries, options) => {
    if (follower !== relayPositions) return project(stores, follower, deliveries, options);
    return relay(
      { ...stores, bus, integrationEvents: integrationEvents(relayedOf(domain)), isPublished: isRelayed(domain) },
      options,
    )(deliveries);
  };
