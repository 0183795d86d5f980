import type { Address } from '../basics/stream.ts';
import { integrationEvents } from '../publish/publication.ts';
import { type EventBus, relay, relayPositions } from '../publish/relay.ts';
import type { BringUp, ProjectionPorts } from '../read/ports.ts';
import type { AnyProjection } from '../read/projection.ts';
import { project } from '../read/projector.ts';
import { type Domain, isListening, isRelayed, relayedOf, revisionOf } from './domain.ts';

// What follows the log stream by stream, so that it can be compared with it and brought up to it: each projection, and the relay.

/** The relay, where anything leaves or a saga listens. */
export const relaysOf = (domain: Domain): readonly AnyProjection[] => (relayedOf(domain).length > 0 ? [relayPositions] : []);

/** A revision of a projection, or the relay. @throws NotFound. */
export const followerOf = (domain: Domain, name: string, revision: number): AnyProjection =>
  relaysOf(domain).find((one) => one.name === name) ?? revisionOf(domain, name, revision);

/** Whether it keeps a position in the stream: the relay does where anything of the stream's aggregate is taken to the bus. */
export const isFollowing =
  (domain: Domain) =>
  (follower: AnyProjection, stream: Address): boolean =>
    follower === relayPositions ? isRelayed(domain)(stream.aggregate) : isListening(domain)(follower, stream);

/** For what the relay has not published: safe beside a relay that runs, for both go through the gate, and each keeps to the order. */
export const bringUp =
  (stores: ProjectionPorts, { domain, bus }: { readonly domain: Domain; readonly bus: EventBus }): BringUp =>
  (follower, deliveries, options) => {
    if (follower !== relayPositions) return project(stores, follower, deliveries, options);
    return relay(
      { ...stores, bus, integrationEvents: integrationEvents(relayedOf(domain)), isPublished: isRelayed(domain) },
      options,
    )(deliveries);
  };
