import { toCommandRequest, toCommandResponse } from '../adapters/command-request.ts';
import { http } from '../adapters/http.ts';
import { param } from '../adapters/http-request.ts';
import { measuredCommand } from '../adapters/measured.ts';
import { deciderNamed } from '../core/domain.ts';
import { address } from '../core/stream.ts';
import { commands, domain, edge, measure } from './runtime.ts';

const handleCommand = commands();

/** One handler serves every aggregate. */
export const handler = http(
  {
    'POST /{aggregate}/{id}/{command}': async (request) =>
      toCommandResponse(
        await measuredCommand(measure, async () => {
          const decider = deciderNamed(domain, param(request, 'aggregate'));
          const stream = address(decider.name, param(request, 'id'));
          return handleCommand(decider, stream, toCommandRequest(decider, request));
        }),
      ),
  },
  edge,
);
