import { createHash } from 'node:crypto';
import { Conflict, Invalid, NotFound, Unavailable } from '../../../core/basics/errors.ts';
import { type Domain, webhooksOf } from '../../../core/registry/domain.ts';
import { type ReceivingPorts, receive } from '../../../core/webhooks/receiving.ts';
import { type SignedHeaders, signedHeadersOf } from '../../../core/webhooks/signatures.ts';
import { type AnyWebhook, webhookNamed } from '../../../core/webhooks/webhook.ts';
import { jsonBody, type ReceivedBody } from '../body/json-body.ts';
import type { Handlers } from '../http.ts';
import { type AnswerOf, ok } from '../http-response.ts';
import { problemDocument } from '../problem.ts';
import { type SentDelivery, type Verdict, verdictOn } from './verify.ts';
import { leastSecretSeconds, type SecretsOf, secretSeconds } from './webhook-secrets.ts';

export interface WebhookRoutePorts extends ReceivingPorts {
  readonly domain: Domain;
  readonly secretsOf: SecretsOf;
  /** Called for a delivery that is not signed, or too old. */
  readonly onUnverified: (webhook: string, verdict: Verdict) => void;
}

/** More than any event of a provider that people use. What is parked keeps the body, and an item has 400 KB. */
export const maxDeliveryBytes = 256 * 1024;

/** Takes what providers post. The signature is verified before the body is parsed. */
export const webhookRoute = (ports: WebhookRoutePorts): Handlers<'webhook'> => ({
  webhook: async (request) => {
    const webhook = webhookNamed(webhooksOf(ports.domain), request.params.webhook);
    if (webhook === undefined) throw new NotFound('UnknownRoute', `the API has no path ${request.path}: see /openapi.json`);
    const bytes = bytesOf(request.body);
    const headers = request.headers as Readonly<Record<string, string | undefined>>;
    const verdict = await verdictBySecrets(ports, webhook, { bytes, headers });
    if (verdict !== 'signed') {
      ports.onUnverified(webhook.name, verdict);
      return unauthorized(request.correlationId);
    }
    const body = jsonBody({ body: bytes, headers });
    const digest = createHash('sha256').update(bytes).digest('hex');
    const { correlationId } = request;
    return ok(await orAgain(receive(ports, webhook, { body, digest, headers: signedHeadersIn(webhook, headers), correlationId })));
  },
});

/** A signature that no known secret has made may be by a newer one. */
const verdictBySecrets = async ({ secretsOf, now }: WebhookRoutePorts, webhook: AnyWebhook, sent: SentDelivery): Promise<Verdict> => {
  const secrets = await secretsOf(webhook, secretSeconds);
  const verdict = verdictOn(webhook.verifies, sent, { secrets, now: now() });
  if (verdict !== 'unsigned') return verdict;
  return verdictOn(webhook.verifies, sent, { secrets: await secretsOf(webhook, leastSecretSeconds), now: now() });
};

/** The body as it was sent: API Gateway hands over a text, or bytes in base64. @throws Invalid (`BodyTooLarge`). */
const bytesOf = (body: ReceivedBody['body']): Buffer => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.length <= maxDeliveryBytes) return bytes;
  const details = { sizeBytes: bytes.length, maxBytes: maxDeliveryBytes };
  throw new Invalid('BodyTooLarge', `the body has ${bytes.length} bytes; the maximum is ${maxDeliveryBytes}`, details);
};

/** The answer does not say what is wrong: the log does. No token would help, so the challenge asks for none. */
const unauthorized = (correlationId: string): AnswerOf<'webhook'> => {
  const detail = 'the delivery is not signed with a secret of this webhook, or its time is too far from now';
  const { headers, ...problem } = problemDocument({ status: 401, code: 'Unauthorized', detail }, correlationId);
  return { ...problem, headers: { ...headers, 'www-authenticate': 'Signature' } };
};

const signedHeadersIn = ({ verifies }: AnyWebhook, headers: Readonly<Record<string, string | undefined>>): SignedHeaders =>
  Object.fromEntries(signedHeadersOf(verifies).flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));

/** Other writers were first in every try: nothing was done, and the provider delivers again. */
const orAgain = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Conflict) throw new Unavailable(error.message);
    throw error;
  }
};
