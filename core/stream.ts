import { Invalid } from './errors.ts';

/** Where a stream is: the aggregate's name and the id, kept apart everywhere but in the stream's name. */
export interface Address {
  readonly aggregate: string;
  readonly id: string;
}

// An aggregate's name has no '-', so the first '-' of a stream's name ends it, and no two addresses make one stream.
export const aggregateName = /^[a-z][A-Za-z0-9]{0,63}$/;
const idPattern = /^[A-Za-z0-9_][A-Za-z0-9._~:@-]{0,127}$/;
const idRule = 'an id has 1 to 128 characters out of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _';

/** @throws Invalid (`InvalidId`) for an id that a stream's name cannot carry. */
export const address = (aggregate: string, id: string): Address => {
  if (!aggregateName.test(aggregate)) throw new Invalid('InvalidId', `'${aggregate}' cannot be an aggregate's name`);
  if (!idPattern.test(id)) throw new Invalid('InvalidId', idRule, { issues: [{ path: ['id'], message: idRule }] });
  return { aggregate, id };
};

/** `order-42`. @throws Invalid (`InvalidId`) for an address that cannot be: another one might make the same name. */
export const streamName = (stream: Address): string => {
  const { aggregate, id } = address(stream.aggregate, stream.id);
  return `${aggregate}-${id}`;
};

/** The address that a stream's name was made of. @throws Invalid (`InvalidId`). */
export const parseStreamName = (name: string): Address => {
  const end = name.indexOf('-');
  if (end < 0) throw new Invalid('InvalidId', `'${name}' is not a stream's name (aggregate-id)`);
  return address(name.slice(0, end), name.slice(end + 1));
};

/** Whether a stream can have this name. */
export const isStreamName = (name: string): boolean => {
  try {
    return parseStreamName(name) !== undefined;
  } catch (error) {
    if (error instanceof Invalid) return false;
    throw error;
  }
};

/** `order-42@8`: names an event, and is the token that a command answers with. */
export const eventId = (stream: Address, version: number): string => `${streamName(stream)}@${version}`;

/** The stream and version that a token names. @throws Invalid (`InvalidRequest`). */
export const parseToken = (token: string): { readonly stream: Address; readonly version: number } => {
  const at = token.lastIndexOf('@');
  const version = token.slice(at + 1);
  if (at < 0 || !/^[1-9]\d{0,14}$|^0$/.test(version)) throw new Invalid('InvalidRequest', `'${token}' is not a token (stream@version)`);
  return { stream: parseStreamName(token.slice(0, at)), version: Number(version) };
};
