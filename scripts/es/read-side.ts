import { setTimeout } from 'node:timers/promises';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoPointers } from '../../adapters/dynamo-pointers.ts';
import { dynamoReadModels } from '../../adapters/dynamo-read-models.ts';
import { type Domain, projectionNames } from '../../core/domain.ts';
import type { Pointers } from '../../core/pointers.ts';
import { type AnyProjection, tableKey } from '../../core/projection.ts';
import type { Stores } from '../../core/projector.ts';
import { type Call, UsageError } from './command.ts';
import type { EventsTable } from './events-table.ts';
import { domainOf } from './local-domain.ts';

/** The read models that a command is about, and what they are made from. */
export interface ReadSide extends Stores {
  readonly table: EventsTable;
  /** Without the revisions that are not deployed. */
  readonly domain: Domain;
  readonly pointers: Pointers;
  /** The folder of the batches that were given up, where it is on this machine. */
  readonly discarded?: string | undefined;
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
    pause: (conflicts) => setTimeout(Math.random() * Math.min(10 * 2 ** conflicts, 1000)),
    discarded: readSide.discarded,
  };
};

/** `order-summary@2`, or all revisions of `order-summary`; without a name, of every projection. @throws UsageError. */
export const projectionsNamed = ({ domain }: ReadSide, name: string | undefined): readonly AnyProjection[] => {
  const found = domain.projections.filter((one) => name === undefined || one.name === name || tableKey(one) === name);
  if (found.length > 0 || name === undefined) return found;
  const known = projectionNames(domain).join(', ');
  throw new UsageError(`no projection '${name}' is deployed, only ${known || 'none'}; a revision of one is said like orders@2`);
};

/** One revision of a projection. @throws UsageError. */
export const revisionNamed = (side: ReadSide, name: string | undefined): AnyProjection => {
  const [found, ...others] = name === undefined ? [] : projectionsNamed(side, name);
  if (found === undefined || (others.length > 0 && name === found.name))
    throw new UsageError(`say which revision, like ${(found ?? side.domain.projections[0])?.name ?? 'orders'}@2`);
  return found;
};
