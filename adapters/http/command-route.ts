import { Invalid } from '../../core/basics/errors.ts';
import { eventId } from '../../core/basics/stream.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import { type Domain, deciderNamed, parseCommand } from '../../core/registry/domain.ts';
import type { Answer, CommandRequest, HandleCommand } from '../../core/write/command-handler.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { measuredCommand } from '../lambda/measured.ts';
import { jsonBody } from './body/json-body.ts';
import type { Handlers } from './http.ts';
import { demandKey, type HttpRequest, streamIn, versionIn } from './http-request.ts';
import { type AnswerOf, ok } from './http-response.ts';

export interface CommandRoutePorts {
  readonly domain: Domain;
  readonly handle: HandleCommand;
  readonly measure: Measure;
}

/** Handles the commands of every aggregate. */
export const commandRoute = ({ domain, handle, measure }: CommandRoutePorts): Handlers<'command'> => ({
  command: async (request) =>
    toCommandResponse(
      await measuredCommand(measure, async () => {
        const decider = deciderNamed(domain, request.params.aggregate);
        const { id, tenant } = streamIn(request, decider.name);
        return handle(decider, { id, tenant }, toCommandRequest(decider, request));
      }),
    ),
});

/** Turns an HTTP request into a request of the core. @throws NotFound, Invalid. */
export const toCommandRequest = <D extends AnyDecider>(decider: D, request: HttpRequest<'command'>): CommandRequest<D> => {
  demandKey(request.headers['idempotency-key']);
  const received = jsonBody(request);
  const version = commandVersionIn(request);
  return {
    command: parseCommand(decider, request.params.command, received, version),
    received,
    commandSchema: version === 1 ? undefined : version,
    commandId: request.causationId,
    commandFrom: 'client',
    correlationId: request.correlationId,
    causationId: request.causationId, // A command from outside is its own cause.
    actor: request.caller.actor,
    grants: request.caller.grants,
    expectedVersion: expectedVersion(request),
  };
};

/** The answer to a command. Its token lets the caller read its own write. */
export const toCommandResponse = ({ stream: { tenant: _, ...stream }, isRepeated, ...told }: Answer): AnswerOf<'command'> => {
  const { version, events, answer } = told;
  return ok(
    { ...stream, version, events, token: eventId(stream, version), ...(answer === undefined ? {} : { answer }) },
    { etag: `"${version}"`, ...(isRepeated ? { 'idempotent-replayed': 'true' } : {}) },
  );
};

/** `Command-Version: 2`: the schema version of the data. Without it they have version 1. */
const commandVersionIn = ({ headers }: HttpRequest<'command'>): number => {
  const said = headers['command-version'];
  if (said === undefined) return 1;
  if (!/^[1-9]\d{0,3}$/.test(said)) throw new Invalid('InvalidRequest', 'Command-Version must be a whole number from 1');
  return Number(said);
};

/** `If-Match: "7"`: the version that the caller has seen. `If-None-Match: *`: the stream must be new. */
const expectedVersion = ({ headers }: HttpRequest<'command'>): number | undefined => {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && noneMatch !== undefined) throw new Invalid('InvalidRequest', 'If-Match and If-None-Match exclude each other');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') throw new Invalid('InvalidRequest', 'If-None-Match can only be * on a command');
  if (noneMatch !== undefined) return 0;
  return match === undefined ? undefined : versionIn(match, 'If-Match');
};
