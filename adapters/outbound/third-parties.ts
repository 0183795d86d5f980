import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Measure } from '../../core/basics/telemetry.ts';
import type { AnyCalls } from '../../core/calls/calls.ts';
import { guarded } from '../../core/calls/guarded.ts';
import type { ThirdParties } from '../../core/calls/outbound-requests.ts';
import { signing } from './credentials.ts';
import { dynamoCircuits } from './dynamo-circuits.ts';
import { httpThirdParties } from './http-third-parties.ts';
import { secretsOfCalls } from './secrets.ts';

export interface ThirdPartyPorts {
  readonly calls: readonly AnyCalls[];
  readonly endpoints: Readonly<Record<string, string>>;
  /** Absent: no third party of this function asks for credentials. */
  readonly secrets: { readonly client: SecretsManagerClient; readonly arns: Readonly<Record<string, string>> } | undefined;
  /** Absent: no third party of this function has limits. */
  readonly circuits: { readonly client: DynamoDBDocumentClient; readonly table: string } | undefined;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly chance: () => number;
  readonly newVersion: () => string;
  readonly now: () => Date;
  readonly measure: Measure;
}

/** The timeout of one try. The function's own has room for three tries, and the pauses and places between them. */
const timeoutSeconds = 5;

/** The third parties of one function, with their credentials and their limits. */
export const thirdPartiesOf = (ports: ThirdPartyPorts): ThirdParties => {
  const { calls, endpoints, secrets, circuits, wait, chance, newVersion, now, measure } = ports;
  const credentials = new Map(calls.flatMap((one) => (one.credentials === undefined ? [] : [[one.name, one.credentials] as const])));
  const secretOf = secretsOfCalls({ client: secrets?.client, secrets: secrets?.arns ?? {} });
  const thirdParties = httpThirdParties({
    endpoints,
    ...(credentials.size === 0 ? {} : { signing: signing({ credentials, endpoints, secretOf, now, timeoutSeconds }) }),
    timeoutSeconds,
    maxTries: 3,
    pause: (tries, askedSeconds) => wait(Math.min(askedSeconds * 1000, 5000) + chance() * 500 * 2 ** tries),
    measure,
  });
  if (circuits === undefined) return thirdParties;
  const limits = new Map(calls.flatMap((one) => (one.limits === undefined ? [] : [[one.name, one.limits] as const])));
  const onHeld = () => measure('callsHeld', 1);
  return guarded({ thirdParties, circuits: dynamoCircuits({ ...circuits, newVersion }), limits, now, wait, chance, onHeld });
};
