import { commandRows } from '../log/upcasting.ts';
import type { AnyDecider } from '../write/decider.ts';
import { deciderOf, type Reading } from '../write/reads.ts';

type Demand = (holds: boolean, rule: string) => void;

/** Checks the tables of a decider that name its commands. @throws Error, by `demand`, which names the command. */
export const checkCommands = ({ name, commands, internal = [], ...tables }: AnyDecider, demand: Demand): void => {
  const { scopes = {}, answers = {}, allow = {}, reads = {} } = tables;
  const each = (types: readonly string[], what: string, hold: (type: string) => boolean, why: string): void => {
    for (const type of types) demand(hold(type), `${name}: ${what} '${type}', ${why}`);
  };
  const isCommand = (type: string): boolean => Object.hasOwn(commands, type);
  const isOfClients = (type: string): boolean => !internal.includes(type);
  each(
    Object.keys(commands),
    'the command',
    (type) => [...Object.keys(commandRows(commands[type]))].every((version, index) => Number(version) === index + 1),
    'whose older versions are not 1, 2 and so on',
  );
  each(Object.keys(scopes), 'a scope for', isCommand, 'which is no command');
  each(Object.keys(answers), 'an answer to', isCommand, 'which is no command');
  each(Object.keys(allow), 'a rule of `allow` for', isCommand, 'which is no command');
  each(Object.keys(reads), 'a row of `reads` for', isCommand, 'which is no command');
  each(internal, 'the internal command', isCommand, 'which is no command');
  each(Object.keys(scopes), 'a scope for', isOfClients, 'which is internal: no client sends it');
  each(Object.keys(allow), 'a rule of `allow` for', isOfClients, 'which is internal: no client sends it');
};

/** Checks what the commands of a decider read. @throws Error, by `demand`, which names the command. */
export const checkReads = (deciders: readonly AnyDecider[], { name, reads = {} }: AnyDecider, demand: Demand): void => {
  for (const [type, readings] of Object.entries<Readonly<Record<string, Reading<never>>>>(reads)) {
    demand(Object.keys(readings).length > 0, `${name}: the row of \`reads\` for '${type}' reads nothing: leave it out`);
    for (const [as, reading] of Object.entries(readings)) {
      const { name: read } = deciderOf(reading);
      demand(
        deciders.includes(deciderOf(reading) as AnyDecider),
        `${name}: ${type} reads '${as}' of '${read}', which is no aggregate here`,
      );
    }
  }
};
