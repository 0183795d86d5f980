import { commandRows } from '../log/upcasting.ts';
import type { AnyDecider } from '../write/decider.ts';

type Demand = (holds: boolean, rule: string) => void;

/** Checks the tables of a decider that name its commands. @throws Error, by `demand`, which names the command. */
export const checkCommands = ({ name, commands, internal = [], ...tables }: AnyDecider, demand: Demand): void => {
  const { scopes = {}, answers = {}, allow = {} } = tables;
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
  each(internal, 'the internal command', isCommand, 'which is no command');
  each(Object.keys(scopes), 'a scope for', isOfClients, 'which is internal: no client sends it');
  each(Object.keys(allow), 'a rule of `allow` for', isOfClients, 'which is internal: no client sends it');
};
