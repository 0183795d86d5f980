import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { Unwritable } from '../../core/basics/errors.ts';
import { recorded } from '../../core/log/event-store.ts';
import { integrationEvents } from '../../core/publish/publication.ts';
import { type EventBus, relay } from '../../core/publish/relay.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { scopesOf } from '../../core/registry/access.ts';
import { isRelayed, relayedOf } from '../../core/registry/domain.ts';
import type { SagaInput } from '../../core/sagas/ports.ts';
import { sagaStarter } from '../../core/sagas/running/starter.ts';
import { deliveriesOf, everyCommit } from './projecting.ts';
import { edgeOf, type Reply } from './read-edge.ts';
import type { Asked } from './read-lambda.ts';
import { tenantDomain } from './tenant-domain.ts';

/** A request of a tenant. What is only known once the world runs, such as the other's cursors, is put in then. */
export interface Deed {
  readonly by: string;
  readonly route: string;
  readonly asked: Asked;
}

export interface Done extends Deed {
  readonly reply: Reply;
}

/** The stores of a world, and the hand of its clock. */
export interface Ground {
  readonly hasTenants: boolean;
  readonly stores: ProjectionPorts;
  readonly setTime: (milliseconds: number) => void;
}

/** What each tenant may do is everything: only whose it is stands between them. */
const scope = scopesOf(tenantDomain).join(' ');
export const claimsOf = (tenant: string) => ({ sub: 'somebody', scope, tenant });

/** It takes no cancellation, so that the relay has parked streams, too. */
const bus: EventBus = {
  publish: async ({ type, data }) => {
    if (type === 'OrderCancelled.v1') throw new Unwritable(`no place for ${JSON.stringify(data)}`);
  },
};

/** The whole service, from its HTTP API to its read models and its sagas, where nothing happens but what is done. */
export const worldOf = ({ hasTenants, stores, setTime }: Ground) => {
  const started = new Map<string, SagaInput>();
  const start = sagaStarter({
    sagas: tenantDomain.sagas ?? [],
    executions: { start: async (saga, input) => void started.set(`${saga} ${input.event}`, input) },
    now: stores.now,
    onTooLate: () => {},
  });
  const executions = {
    of: async (saga: string, event: string) => {
      const input = started.get(`${saga} ${event}`);
      if (input === undefined) return undefined;
      return { name: event, status: 'FAILED', startedAt: '2026', error: JSON.stringify(input), input, moments: [] } as const;
    },
  };
  const relaying = { integrationEvents: integrationEvents(relayedOf(tenantDomain)), isPublished: isRelayed(tenantDomain) };
  const publish = relay({ ...stores, bus, ...relaying });
  const cache = tailCache({ maxEntries: 1000, maxBytes: 10_000_000 });
  const edge = edgeOf(tenantDomain, stores, { auth: 'token', ...(hasTenants ? { tenantClaim: 'tenant' } : {}), cache, executions });

  /** Does it, and what follows behind the log. `place` is its place among all deeds: ids and times come from there. */
  const act = async ({ by, route, asked }: Deed, place: number): Promise<Reply> => {
    setTime(place);
    const reply = await edge.ask(route, { ...asked, requestId: `request-${place}`, claims: claimsOf(by) });
    if (!route.startsWith('POST')) return reply;
    await edge.project();
    const commits = await everyCommit(stores.eventStore);
    await publish(deliveriesOf(commits));
    for (const event of commits.flatMap(recorded)) await start(event);
    return reply;
  };
  return { act };
};

export type World = ReturnType<typeof worldOf>;
