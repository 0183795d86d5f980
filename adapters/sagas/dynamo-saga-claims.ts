import { createHash } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Claim, ClaimKey, SagaClaims } from '../../core/sagas/fates.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { type DynamoSagaTable, putOnce, rowsOf, type SagaRowKey } from './dynamo-saga-table.ts';

/** A refused start is shown for as long as Step Functions knows a run. */
const secondsOfRefusal = 90 * 24 * 3600;

/** The keys of unique sagas, in the table of the tokens: one row for each key. It stays, and the next run of the key takes it over. */
export const dynamoSagaClaims = ({ client, table, now }: DynamoSagaTable): SagaClaims => ({
  take: async (key, event, after) => {
    const claim: Claim = { event, since: now().toISOString() };
    const old = await putOnce(
      { client, table },
      { ...claim, ...keyOfClaim(key) },
      {
        condition: 'attribute_not_exists(#stream) OR #event IN (:event, :after)',
        names: { '#stream': 'stream', '#event': 'event' },
        values: { ':event': event, ':after': after?.event ?? event },
      },
    );
    return old === undefined ? claim : { event: String(old['event']), since: String(old['since']) };
  },

  refuse: async (saga, event, holder) => {
    const expires = Math.ceil(now().getTime() / 1000) + secondsOfRefusal;
    const Item = { ...keyOfRefusal(saga, event), event, holder, expires };
    await orUnavailable(client.send(new PutCommand({ TableName: table, Item })));
  },

  refusedFor: async (saga, event) => {
    const [row] = await rowsOf<SagaRowKey & { readonly holder: string }>({ client, table }, keyOfRefusal(saga, event).stream);
    return row?.holder;
  },
});

// No tenant is called `operator`, and no saga's name has a slash, so these are neither tokens nor operators' cases.

/** A key may be longer than a key of DynamoDB, so its digest stands for it. */
const keyOfClaim = ({ saga, tenant = '', key }: ClaimKey): SagaRowKey => {
  const digest = createHash('sha256').update(`${tenant}\n${key}`).digest('hex');
  return { stream: `operator/keys/${saga}/${digest}`, waiting: 'claim' };
};

const keyOfRefusal = (saga: string, event: string): SagaRowKey => ({ stream: `operator/refused/${saga}/${event}`, waiting: 'refused' });
