import { hash as digest } from 'node:crypto';
import { NewerRelease } from '../../core/basics/errors.ts';
import { type CommandId, hasIdOf, type Request } from '../../core/log/event-store.ts';

// How a commit recognises its request: the stored forms of the command's id and of the digest (docs/decisions/0022-client-ids.md).

/** The attributes of a commit that name its request. */
interface StoredRequest {
  readonly command: string;
  readonly request: Uint8Array;
  readonly causation?: string;
  readonly actor?: string;
}

/** Begins the stored key of a client. No key and no id of a process has a comma. */
const mark = ',';

/** The stored form of a command's id. The actor is not in it, because the commit has it in an attribute of its own. */
export const storedId = ({ commandId, commandFrom }: Request): string => {
  if (commandFrom === 'client') return mark + commandId;
  if (commandId.startsWith(mark)) throw new Error(`'${commandId}' cannot be an id of the service: a comma begins the ids of clients`);
  return commandId;
};

/** The id of a stored command, without the actor. A damaged commit may have no command. */
export const commandIdOf = ({ command }: Pick<StoredRequest, 'command'>): Omit<CommandId, 'actor'> =>
  typeof command === 'string' && command.startsWith(mark)
    ? { commandId: command.slice(mark.length), commandFrom: 'client' }
    : { commandId: command };

/** Whether a commit has the id of this request. */
export const hasSameId = (stored: StoredRequest, request: Request): boolean =>
  hasIdOf({ ...commandIdOf(stored), actor: stored.actor }, request) || isKeyOfEarlierRelease(stored, request);

/**
 * Releases up to 0.2 stored the key of a client as it was. Such a commit has the earlier digest, and it is its own cause: the command of a
 * saga is not.
 */
const isKeyOfEarlierRelease = ({ command, request: stored, causation, actor }: StoredRequest, request: Request): boolean =>
  request.commandFrom === 'client' &&
  command === request.commandId &&
  actor === request.actor &&
  causation === undefined &&
  stored.length === earlierBytes;

/** Whether a commit was written for a request with these data. Ask it of a commit with the same id. @throws NewerRelease. */
export const hasSameData = ({ request: stored }: StoredRequest, request: Request): boolean => {
  if (stored.length === digestBytes || request.digest !== undefined) return isSame(stored, digestOf(request));
  if (stored.length !== earlierBytes)
    throw new NewerRelease(`a newer release recorded '${request.commandId}', and this release cannot tell whether it is the same request`);
  const { command, received } = request;
  const earlier = [command.data, received ?? command.data].map((data) => hashOf(command.type, data).subarray(0, earlierBytes));
  return earlier.some((one) => isSame(stored, one));
};

/** Releases up to 0.2 stored this many bytes of the hash of the data after they were parsed. */
const earlierBytes = 16;
const digestBytes = 15;

/**
 * A digest of a command's type and of its data as received, independent of the order of keys. It tells a repeated request from another one
 * with its id, in a later release with other defaults, too. Its length tells it from the earlier form. A copy of a commit keeps the digest
 * that it has.
 */
export const digestOf = ({ command: { type, data }, received = data, digest: original }: Request): Uint8Array =>
  original ?? hashOf(type, received).subarray(0, digestBytes);

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

const hashOf = (type: string, data: unknown): Uint8Array =>
  new Uint8Array(digest('sha256', JSON.stringify([type, inOrder(data)]), 'buffer'));

/** The same JSON with its keys sorted at every depth. */
const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object' || 'toJSON' in value) return value;
  const entries = Object.entries(value).map(([name, part]): [string, unknown] => [name, inOrder(part)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};
