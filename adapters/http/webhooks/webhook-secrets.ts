import type { AnyWebhook } from '../../../core/webhooks/webhook.ts';
import { demandSecrets } from './verify.ts';

/** A secret with the one that it replaced. */
export interface SecretVersions {
  /** Undefined as long as nobody has written a value. */
  readonly current: string | undefined;
  /** When the current one was written. */
  readonly since: Date | undefined;
  readonly previous: string | undefined;
}

/** The secrets of a webhook that are valid now, the newest first, as they were at most so many seconds ago. */
export type SecretsOf = (webhook: Pick<AnyWebhook, 'name' | 'verifies'>, mostSeconds: number) => Promise<readonly string[]>;

/** As old as this, what is known of a secret is good for a signature that is right. */
export const secretSeconds = 300;
/** And for one that is wrong. So deliveries that nobody has signed do not cause more reads than this. */
export const leastSecretSeconds = 30;
/** So long, what was replaced is valid: for deliveries on their way, and until the provider signs with the new one. */
const previousHours = 24;

export interface WebhookSecretsPorts {
  /** @throws Unavailable, or an error that holds no secret. */
  readonly read: (webhook: string) => Promise<SecretVersions>;
  readonly now: () => Date;
}

interface Known {
  readonly versions: SecretVersions;
  readonly at: number;
}

/**
 * Reads the secrets of webhooks, and keeps them in memory for a time. All deliveries that wait for a secret share one read of it. A read that
 * fails takes nothing from those who can do with what is known.
 */
export const webhookSecrets = ({ read, now }: WebhookSecretsPorts): SecretsOf => {
  const known = new Map<string, Known>();
  const pending = new Map<string, Promise<SecretVersions>>();

  const readAnew = (name: string): Promise<SecretVersions> => {
    const at = now().getTime();
    const reading = read(name)
      .then((versions) => {
        known.set(name, { versions, at });
        return versions;
      })
      .finally(() => pending.delete(name));
    pending.set(name, reading);
    return reading;
  };

  const versionsOf = async (name: string, mostSeconds: number): Promise<SecretVersions> => {
    const one = known.get(name);
    if (one !== undefined && now().getTime() - one.at < mostSeconds * 1000) return one.versions;
    return pending.get(name) ?? readAnew(name);
  };

  return async (webhook, mostSeconds) => {
    const versions = await versionsOf(webhook.name, mostSeconds);
    if (faultOf(webhook, versions.current) === undefined) return validIn(webhook, versions, now());
    // Somebody may have written a right one since.
    const anew = await versionsOf(webhook.name, Math.min(mostSeconds, leastSecretSeconds));
    const fault = faultOf(webhook, anew.current);
    if (fault !== undefined) throw new Error(`nobody can verify deliveries to the webhook '${webhook.name}': ${fault}`);
    return validIn(webhook, anew, now());
  };
};

type Verified = Pick<AnyWebhook, 'name' | 'verifies'>;

/** The previous one counts only if it can be a secret: what an operator wrote by mistake, and has corrected, does no harm. */
const validIn = (webhook: Verified, { current, since, previous }: SecretVersions, now: Date): readonly string[] => {
  const isRecent = since === undefined || now.getTime() - since.getTime() < previousHours * 3_600_000;
  const isValid = isRecent && faultOf(webhook, previous) === undefined;
  return [...textsIn(current), ...(isValid ? textsIn(previous) : [])];
};

/** A text with spaces has several secrets. */
const textsIn = (text = ''): readonly string[] => text.split(/\s+/).filter((one) => one !== '');

/** What is wrong with the text of a secret, without a word of it. */
const faultOf = ({ verifies }: Verified, text: string | undefined): string | undefined => {
  try {
    demandSecrets(verifies, textsIn(text));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
