import type { AnyDecider } from '../write/decider.ts';
import type { AnyInbox } from './inbox.ts';

type Demand = (holds: boolean, rule: string) => void;

/** `reserved` has the sources of the messages that the service sends to itself. @throws Error, by `demand`, which names the inbox. */
export const checkInbox = (
  deciders: readonly AnyDecider[],
  { name, from, to, receives, on }: AnyInbox,
  { demand, reserved }: { readonly demand: Demand; readonly reserved: readonly string[] },
): void => {
  demand(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 40,
    `'${name}': an inbox's name is kebab-case, of at most 40 characters`,
  );
  for (const decider of to)
    demand(deciders.includes(decider), `${name}: it sends commands to '${decider.name}', which is no aggregate here`);
  const [read, rows] = [Object.keys(receives), Object.keys(on)];
  demand(read.length > 0, `${name}: it receives no event`);
  for (const type of read) demand(rows.includes(type), `${name}: it receives '${type}' and has no row for it`);
  for (const type of rows) demand(read.includes(type), `${name}: it has a row for '${type}', which it does not receive`);
  if (from.kind === 'queue') return;
  demand(from.sources.length > 0, `${name}: say whose events of the bus it receives: eventBus({ sources: ['shop.orders'] })`);
  for (const source of from.sources)
    demand(source !== '' && !reserved.includes(source), `${name}: '${source}' is no source of another service`);
};
