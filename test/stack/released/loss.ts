import { isDeepStrictEqual } from 'node:util';
import type { Kept, Stacks } from './stateful.ts';

/** What a service of the one release would lose by an update to the other, a sentence for each. */
export const lossOf = (released: Stacks, next: Stacks): readonly string[] =>
  Object.entries(released).flatMap(([stack, resources]) =>
    Object.entries(resources).flatMap(([id, kept]) => {
      const found = next[stack]?.[id];
      if (found === undefined) return [`${stack}: ${id} (${kept.type}) is removed`];
      if (found.type !== kept.type) return [`${stack}: ${id} was a ${kept.type} and is a ${found.type}`];
      return changes(kept, found).map((change) => `${stack}: ${id} (${kept.type}): ${change}`);
    }),
  );

const changes = (released: Kept, next: Kept): readonly string[] =>
  Object.entries(released.properties)
    .filter(([name, value]) => !isDeepStrictEqual(value, next.properties[name]))
    .map(([name, value]) => `${name} was ${JSON.stringify(value)} and is ${JSON.stringify(next.properties[name])}`);
