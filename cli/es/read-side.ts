import { setTimeout } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { eventBridgeBus } from '../../adapters/outbound/event-bridge-bus.ts';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { type EventBus, relayPositions } from '../../core/publish/relay.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { type AnyProjection, tableKey } from '../../core/read/projection.ts';
import type { Pointers } from '../../core/rebuild/pointers.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { relaysOf } from '../../core/registry/followers.ts';
import { knownBy } from '../../core/registry/knowledge.ts';
import type { Call } from './command.ts';
import { clientSettings, type EventsTable, type ReadSidePlace } from './events-table.ts';
import { UsageError } from './flags.ts';
import { domainOf } from './local-domain.ts';

/** The read models that a command is about, and what they are made from. */
export interface ReadSide extends ProjectionPorts {
  readonly table: EventsTable;
  /** Without the revisions that are not deployed. */
  readonly domain: Domain;
  readonly pointers: Pointers;
  /** Where the relay's own function publishes, too. */
  readonly bus: EventBus;
  readonly discarded: ReadSidePlace['discarded'];
}

/** @throws UsageError where only the events table is known. */
export const openReadSide = async ({ flags, open }: Call): Promise<ReadSide> => {
  const table = await open();
  const { readSide } = table.place;
  if (readSide === undefined) throw new UsageError('the events table does not say where the read models are: say --outputs FILE');
  const domain = await domainOf(flags, table);
  const client = DynamoDBDocumentClient.from(table.client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    table,
    domain: { ...domain, projections: domain.projections.filter((one) => Object.hasOwn(readSide.readModels, tableKey(one))) },
    eventStore: table.eventStore,
    readModels: dynamoReadModels({ client, tables: readSide.readModels }),
    pointers: dynamoPointers({ client, table: readSide.pointers }),
    now: () => new Date(),
    pause,
    knows: knownBy(domain),
    bus: busOf(table, readSide),
    discarded: readSide.discarded,
  };
};

const pause = (tries: number): Promise<void> => setTimeout(Math.random() * Math.min(10 * 2 ** tries, 1000));

/** The bus that the relay publishes on. */
export const busOf = ({ place }: EventsTable, { bus: busName, services }: ReadSidePlace): EventBus => {
  // The bus is where the table is: an endpoint that was said is that of DynamoDB alone.
  const client = new EventBridgeClient(clientSettings({ ...place, endpoint: services }));
  const { publish } = eventBridgeBus({ client, busName, pause });
  return { publish: (event) => publish(event).catch(sayWhose) };
};

const sayWhose = (error: unknown): never => {
  throw error instanceof Unavailable ? new Error(`EventBridge does not answer: ${error.message}`, { cause: error }) : error;
};

/** `order-summary@2`, all revisions of `order-summary`, or `relay`; without a name, every projection and the relay. @throws UsageError. */
export const followersNamed = (side: ReadSide, name: string | undefined): readonly AnyProjection[] =>
  named([...side.domain.projections, ...relaysOf(side.domain)], name);

const named = (all: readonly AnyProjection[], name: string | undefined): readonly AnyProjection[] => {
  const found = all.filter((one) => name === undefined || one.name === name || tableKey(one) === name);
  if (found.length > 0 || name === undefined) return found;
  const known = [...new Set(all.map((one) => one.name))].join(', ');
  throw new UsageError(`no projection '${name}' is deployed, only ${known || 'none'}; a revision of one is said like orders@2`);
};

/** What people call it: of the relay there is one. */
export const labelOf = (follower: AnyProjection): string => (follower === relayPositions ? follower.name : tableKey(follower));

/** One revision of a projection. @throws UsageError. */
export const revisionNamed = (side: ReadSide, name: string | undefined): AnyProjection => {
  const [found, ...others] = name === undefined ? [] : named(side.domain.projections, name);
  if (found === undefined || (others.length > 0 && name === found.name))
    throw new UsageError(`say which revision, like ${(found ?? side.domain.projections[0])?.name ?? 'orders'}@2`);
  return found;
};
