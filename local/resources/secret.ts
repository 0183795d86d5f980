import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import type { Host } from './host.ts';
import { readState } from './state-file.ts';

interface Properties {
  readonly GenerateSecretString?: { readonly PasswordLength?: number; readonly ExcludePunctuation?: boolean };
}

/**
 * A secret that is generated at its first start. It stays with the data of the system, and is the same at the next start. One that is not
 * generated is of a third party: its value is in the file of `local/credentials.ts`.
 */
export const secret: Handler<Pick<Host, 'account' | 'region' | 'stateFolder' | 'secrets'>> = async (resource, host) => {
  const { account, region, stateFolder, secrets } = host;
  const { GenerateSecretString: generated } = propertiesOf<Properties>(resource, {
    uses: ['GenerateSecretString'],
    ignores: ['Description', 'KmsKeyId', 'Tags'],
  });
  const ref = `arn:aws:secretsmanager:${region}:${account}:secret:${resource.logicalId}`;
  if (generated === undefined) return { ref };
  const { PasswordLength = 32, ExcludePunctuation, ...others } = generated;
  const isKnown = ExcludePunctuation === true && Object.keys(others).length === 0;
  demand(isKnown, resource, 'the local system generates secrets of letters and digits only (GenerateSecretString with ExcludePunctuation)');
  const text = await keptText(join(stateFolder, 'secrets'), resource.logicalId, PasswordLength);
  secrets.set(ref, () => text);
  return { ref, secret: text };
};

/** The file is whole or absent, and only its owner reads it. */
const keptText = async (folder: string, name: string, length: number): Promise<string> => {
  const file = join(folder, `${name}.json`);
  const known = await readState<string | undefined>(file, undefined);
  if (known !== undefined) return known;
  const made = randomBytes(length).toString('hex').slice(0, length);
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(made), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
};
