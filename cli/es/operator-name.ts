import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { clientSettings, type Place } from './events-table.ts';

/** Who the credentials belong to. It needs no right. @throws Error that says what to do. */
export const operatorName = async ({ region }: Place): Promise<string> => {
  const client = new STSClient(clientSettings({ table: '', region }));
  const { Arn = '' } = await client.send(new GetCallerIdentityCommand()).catch((error: Error) => {
    throw new Error(`AWS does not say whose credentials these are (${error.message}): give your name with --who NAME.`, { cause: error });
  });
  return nameIn(Arn);
};

/** `arn:aws:sts::1:assumed-role/ROLE/SESSION` → `ROLE/SESSION`; `arn:aws:iam::1:user/ada` → `user/ada` */
export const nameIn = (arn: string): string =>
  arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/^assumed-role\//, '');
