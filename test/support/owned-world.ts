import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { memoryReadModels } from '../../adapters/read-models/memory-read-models.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { ProjectionPorts } from '../../core/read/ports.ts';
import { scopesOf } from '../../core/registry/access.ts';
import type { SagaInput } from '../../core/sagas/ports.ts';
import { sagaStarter } from '../../core/sagas/running/starter.ts';
import { ownedDomain } from './owned-domain.ts';
import { everyCommit, storesOf } from './projecting.ts';
import { edgeOf, type Reply } from './read-edge.ts';
import type { Asked } from './read-lambda.ts';
import { tapped } from './read-taps.ts';

/** A user of a tenant. Two users of different tenants may have the same name. */
export interface User {
  readonly tenant: string;
  readonly name: string;
}

/** What a user puts into the notes that it owns. */
export const secretOf = ({ tenant, name }: User): string => `a secret of (${tenant}/${name})`;

/** A command to a note. `to` owns the note after it. */
export interface Deed {
  readonly by: User;
  readonly id: string;
  readonly to: string;
  readonly drawer: string;
  readonly isPoison: boolean;
  readonly command: 'OpenNote' | 'WriteNote' | 'GiveNote';
}

/** A read, and its answer with the calls of the stores that it took. */
export interface Probe {
  readonly route: string;
  readonly asked: Asked;
}
export interface Found {
  readonly reply: Reply;
  readonly calls: readonly string[];
}

const everything = scopesOf(ownedDomain).join(' ');
const begin = Date.UTC(2026, 0, 1);

/** The service in memory. `ask` sends a token without any scope of the service, `askAll` a token with all of them. */
export const ownedWorld = () => {
  let time = begin;
  const calls: string[] = [];
  const noting = <R>(name: string, act: () => Promise<R>): Promise<R> => {
    calls.push(name);
    return act();
  };
  const now = () => new Date(time);
  const memory = storesOf(memoryEventStore(now), memoryReadModels(['one key for all worlds']));
  const stores: ProjectionPorts = {
    ...tapped(memory, noting),
    eventStore: {
      ...tapped(memory, noting).eventStore,
      load: (...args) => noting('load', () => memory.eventStore.load(...args)),
      past: (...args) => noting('past', () => memory.eventStore.past(...args)),
    },
  };
  const started = new Map<string, SagaInput>();
  const start = sagaStarter({
    sagas: ownedDomain.sagas ?? [],
    executions: { start: async (saga, input) => void started.set(`${saga} ${input.event}`, input) },
    now,
    onTooLate: () => {},
  });
  const executions = {
    of: async (saga: string, event: string) => {
      calls.push('execution');
      const input = started.get(`${saga} ${event}`);
      if (input === undefined) return undefined;
      return { name: event, status: 'FAILED', startedAt: '2026', error: JSON.stringify(input), input, moments: [] } as const;
    },
  };
  const edge = edgeOf(ownedDomain, stores, { auth: 'token', tenantClaim: 'tenant', executions });

  /** Does it, and what follows behind the log. The place of the deed among all is its time. */
  const act = async ({ by, id, to, drawer, isPoison, command }: Deed, place: number): Promise<Reply> => {
    time = begin + place * 1000;
    const text = `${secretOf({ tenant: by.tenant, name: to })} ${isPoison ? 'poison' : ''}${place}`;
    const reply = await edge.ask('POST /{aggregate}/{id}/{command}', {
      params: { aggregate: 'note', id, command },
      body: { owner: to, text, drawer },
      requestId: `deed-${place}`,
      claims: { sub: by.name, tenant: by.tenant, scope: everything },
    });
    await edge.project();
    for (const event of (await everyCommit(memory.eventStore)).flatMap(recorded)) await start(event);
    return reply;
  };
  const asking =
    (scope: string) =>
    async ({ tenant, name }: User, { route, asked }: Probe): Promise<Found> => {
      calls.length = 0;
      const reply = await edge.ask(route, { ...asked, requestId: 'probe', claims: { sub: name, tenant, scope } });
      return { reply, calls: [...calls].sort() };
    };
  return { act, ask: asking('openid'), askAll: asking(everything) };
};

export type OwnedWorld = ReturnType<typeof ownedWorld>;
