import { Invalid } from '../../core/basics/errors.ts';
import { eventId } from '../../core/basics/stream.ts';
import { parseCommand } from '../../core/registry/domain.ts';
import type { Answer, CommandRequest } from '../../core/write/command-handler.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { type HttpResponse, ok } from './http.ts';
import { type HttpRequest, jsonBody, param, versionIn } from './http-request.ts';

/** From `POST /{aggregate}/{id}/{command}` to a request of the core. @throws NotFound, Invalid. */
export const toCommandRequest = <D extends AnyDecider>(decider: D, request: HttpRequest): CommandRequest<D> => {
  const commandId = idempotencyKey(request) ?? request.requestId;
  return {
    command: parseCommand(decider, param(request, 'command'), jsonBody(request)),
    commandId,
    correlationId: request.correlationId,
    causationId: commandId, // A command from outside is its own cause.
    actor: request.caller.actor,
    expectedVersion: expectedVersion(request),
  };
};

/** The answer to a command, with the token that reads one's own write. */
export const toCommandResponse = ({ stream: { tenant: _, ...stream }, version, events, isRepeated }: Answer): HttpResponse =>
  ok(
    { ...stream, version, events, token: eventId(stream, version) },
    { etag: `"${version}"`, ...(isRepeated ? { 'idempotent-replayed': 'true' } : {}) },
  );

const idempotencyKey = ({ headers }: HttpRequest): string | undefined => {
  const key = headers['idempotency-key'];
  if (key === undefined || /^[\x21-\x2b\x2d-\x7e]{1,128}$/.test(key)) return key;
  throw new Invalid('InvalidRequest', 'Idempotency-Key has 1 to 128 visible ASCII characters, and no comma');
};

/** `If-Match: "7"`: the version that the caller has seen. `If-None-Match: *`: the stream is to be new. */
const expectedVersion = ({ headers }: HttpRequest): number | undefined => {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && noneMatch !== undefined) throw new Invalid('InvalidRequest', 'If-Match and If-None-Match exclude each other');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') throw new Invalid('InvalidRequest', 'If-None-Match can only be * on a command');
  if (noneMatch !== undefined) return 0;
  return match === undefined ? undefined : versionIn(match, 'If-Match');
};
