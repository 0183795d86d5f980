import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { move } from '../account.ts';
import { accountsOn, handleWith } from '../stores/castore.ts';
import type { CommandEvent } from './command-event.ts';

const handle = handleWith(accountsOn(new DynamoDBClient({})).accounts);

export const handler = ({ id, entries }: CommandEvent) => handle(id, (account) => move(account, entries));
