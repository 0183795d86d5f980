import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { http } from '../adapters/http/http.ts';
import { webhookRoute } from '../adapters/http/webhooks/webhook-route.ts';
import { webhookSecrets } from '../adapters/http/webhooks/webhook-secrets.ts';
import { noteParked, noteUnknownDelivery, noteUnverified, toCommandsToSend } from '../adapters/lambda/process-events.ts';
import { deliveryIn } from '../adapters/lambda/queued.ts';
import { dynamoParkedCommands } from '../adapters/processes/dynamo-parked-commands.ts';
import { webhooksOf } from '../core/registry/domain.ts';
import { sendParkedDeliveries } from '../core/webhooks/receiving.ts';
import { commands, domain, edge, logger, measure, now, parkedCommands, storedSecrets } from './runtime.ts';

const receiving = {
  handle: commands(),
  parked: dynamoParkedCommands(parkedCommands()),
  now,
  onParked: noteParked({ measure, logger }),
  onUnknownType: noteUnknownDelivery({ measure, logger }),
};
const secretsOf = webhookSecrets({ read: storedSecrets(), now });
const onUnverified = noteUnverified({ measure, logger });
const serve = http(webhookRoute({ domain, ...receiving, secretsOf, onUnverified }), edge());
const again = sendParkedDeliveries(receiving, webhooksOf(domain));

/** Takes what providers post, and has sent again what an operator asks for, which comes by a queue. */
export const handler = async (event: APIGatewayProxyEventV2, context: Context) => {
  const asked = 'requestContext' in event ? undefined : toCommandsToSend(deliveryIn(event).notice);
  return asked === undefined ? serve(event, context) : again(asked);
};
