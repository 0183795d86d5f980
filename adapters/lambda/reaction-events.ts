import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { Measure } from '../../core/basics/telemetry.ts';
import type { EventBus } from '../../core/publish/relay.ts';
import type { ParkedCommand } from '../../core/reactions/ports.ts';
import { reactionPublicationName, sendAgainNotice } from '../../core/reactions/publication.ts';

/** What an operator has sent again: all that one event causes in one reaction. */
export interface CommandToSend {
  readonly reaction: string;
  readonly event: string;
}

const SendAgain = z.object({
  'detail-type': z.literal(sendAgainNotice),
  detail: z.object({ data: z.object({ reaction: z.string(), event: z.string() }) }),
});

/** What a notice says to send again; undefined if the notice says something else. */
export const toCommandToSend = (notice: unknown): CommandToSend | undefined => SendAgain.safeParse(notice).data?.detail.data;

/** Asks the function of the reactions to send again. It answers nobody: what it could not send is parked as before. */
export const sendAgainNotices =
  ({ bus, now }: { readonly bus: EventBus; readonly now: () => Date }) =>
  ({ reaction, event }: CommandToSend): Promise<void> =>
    bus.publish({
      ...{ specversion: '1.0', source: reactionPublicationName, type: sendAgainNotice, datacontenttype: 'application/json' },
      ...{ id: event, subject: event, time: now().toISOString(), streamversion: 1 },
      ...{ correlationid: event, causationid: event },
      data: { reaction, event },
    });

interface NotingPorts {
  readonly measure: Measure;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** Logs and counts an event that is too old for a reaction. */
export const noteReactedTooLate =
  ({ measure, logger }: NotingPorts) =>
  (reaction: string, event: string): void => {
    logger.warn('an event is too old to react to', { reaction, event });
    measure('reactionsTooLate', 1);
  };

/** Logs and counts a parked command. The log has no message: a refusal's details may be personal. */
export const noteParked =
  ({ measure, logger }: NotingPorts) =>
  ({ reaction, event, place, command, code }: ParkedCommand): void => {
    logger.error('a command of a reaction is parked', { reaction, event, place, command, code });
    measure('reactionsParked', 1);
  };
