import type { Address } from '../../core/basics/stream.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import { type Domain, deciderNamed } from '../../core/registry/domain.ts';
import type { Answer, CommandRequest } from '../../core/write/command-handler.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { measuredCommand } from '../lambda/measured.ts';
import { toCommandRequest, toCommandResponse } from './command-request.ts';
import type { Route } from './http.ts';
import { param, streamIn } from './http-request.ts';

export interface Commanding {
  readonly domain: Domain;
  readonly handle: (decider: AnyDecider, stream: Address, request: CommandRequest<AnyDecider>) => Promise<Answer>;
  readonly measure: Measure;
}

/** Where commands come in, of every aggregate. */
export const commandRoutes = ({ domain, handle, measure }: Commanding): Readonly<Record<string, Route>> => ({
  'POST /{aggregate}/{id}/{command}': async (request) =>
    toCommandResponse(
      await measuredCommand(measure, async () => {
        const decider = deciderNamed(domain, param(request, 'aggregate'));
        return handle(decider, streamIn(request, decider.name), toCommandRequest(decider, request));
      }),
    ),
});
