import { setTimeout as elapse } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { dynamoPointers } from '../../adapters/read-models/dynamo-pointers.ts';
import { dynamoReadModels } from '../../adapters/read-models/dynamo-read-models.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import type { Pointers } from '../../core/rebuild/pointers.ts';
import { rebuildSteps } from '../../core/rebuild/rebuild-steps.ts';
import type { Domain } from '../../core/registry/domain.ts';
import { engineClient } from '../support/dynamo.ts';
import { Crash } from '../support/faults.ts';

export interface Tables {
  readonly events: string;
  readonly pointers: string;
  /** `name@revision` → its table. */
  readonly readModels: Readonly<Record<string, string>>;
}

/** A process that works on the tables: all that it knows, it has from them. */
export interface Process {
  readonly client: DynamoDBDocumentClient;
  readonly stores: ProjectionPorts;
  readonly pointers: Pointers;
  readonly steps: ReturnType<typeof rebuildSteps>;
  /** Rows that it has written. */
  readonly written: () => number;
}

/** A new one. With its last row it dies: what it has begun fails, and no write of it succeeds any more. */
export const newProcess = (domain: Domain, tables: Tables, mostRows = Number.POSITIVE_INFINITY): Process => {
  const client = engineClient();
  let rows = 0;
  const orDie = (): void => {
    if (rows >= mostRows) throw new Crash('it was killed');
  };
  const now = () => new Date();
  const readModels = dynamoReadModels({ client, tables: tables.readModels });
  const stores: ProjectionPorts = {
    eventStore: dynamoEventStore({ client, table: tables.events, now }),
    readModels: {
      ...readModels,
      write: async (projection, changes) => {
        orDie();
        const isWritten = await readModels.write(projection, changes);
        rows += changes.length;
        return isWritten;
      },
      insert: async (projection, inserts) => {
        orDie();
        const inserted = await readModels.insert(projection, inserts);
        rows += inserted.size;
        return inserted;
      },
    },
    now,
    pause: (turns) => elapse(Math.random() * 50 * 2 ** Math.min(turns, 6)),
  };
  const inTable = dynamoPointers({ client, table: tables.pointers });
  const pointers: Pointers = {
    ...inTable,
    write: async (pointer) => {
      orDie();
      return inTable.write(pointer);
    },
  };
  const steps = rebuildSteps({ domain, stores, pointers, pause: stores.pause, onFinding: (finding) => console.error(finding) });
  return { client, stores, pointers, steps, written: () => rows };
};
