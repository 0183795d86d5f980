import { createHash } from 'node:crypto';

// CloudFormation names a table `STACK-LOGICALID-ENDING` and a state machine `LOGICALID-ENDING`. Only the ending is random. The environment
// of a function has 4 KB, which is too little for the names of 200 tables, but not for their endings.

/** The endings of generated names, and what their beginnings are made of. A function finds it in its environment as JSON. */
export interface GeneratedNames {
  /** What stands before each logical id: `shop-prod-`, or the beginning of an ARN. */
  readonly before: string;
  /** The path of the construct that holds the resources, within its stack. */
  readonly within: readonly string[];
  /** The ending for each id, in the same order, separated by a space. An empty ending: the name is not known by its ending. */
  readonly endings: string;
}

/**
 * The logical id that the CDK gives to the resource of a construct: the path without what is no letter or digit, and a part of its digest.
 * `path` is the construct's path within its stack.
 */
export const logicalIdOf = (path: readonly string[]): string => {
  const digest = createHash('md5')
    .update([...path, 'Resource'].join('/'))
    .digest('hex')
    .slice(0, 8)
    .toUpperCase();
  return `${humanPart(path)}${digest}`;
};

/** The part of a logical id that is the same for everything within a construct. */
export const humanPart = (path: readonly string[]): string => path.map((id) => id.replace(/[^A-Za-z0-9]/g, '')).join('');

/** The name of each construct, by its id. @throws Error, if there are not as many endings as ids. */
export const namesFrom = ({ before, within, endings }: GeneratedNames, ids: readonly string[]): ReadonlyMap<string, string> => {
  const found = endings.split(' ');
  if (found.length !== ids.length) throw new Error(`${ids.length} generated names were expected, and there are ${found.length}`);
  return new Map(
    ids.flatMap((id, index) => {
      const ending = found[index] ?? '';
      return ending === '' ? [] : [[id, `${before}${logicalIdOf([...within, id])}-${ending}`] as const];
    }),
  );
};
