import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { move } from '../account.ts';
import { accountsOn } from '../stores/equinox.ts';
import type { CommandEvent } from './command-event.ts';

const { account } = accountsOn(new DynamoDB({}));

export const handler = ({ id, entries }: CommandEvent) => account(id).transact((state) => move(state, entries));
