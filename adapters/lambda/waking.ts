import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { type Waking, wake } from '../../core/read/waiting.ts';
import { firstFailure, type Notes } from './stream-batch.ts';

/** A batch of the table's stream, or the reminder of each minute: then it has no records. */
export interface BatchOrReminder extends DynamoDBStreamEvent {
  readonly wake?: boolean;
}

/** Brings the streams that waited for this code up to date, and logs those that failed: the next minute tries them again. */
export const awaken = async (waking: Waking, notes: Notes): Promise<DynamoDBBatchResponse> =>
  firstFailure([], (await wake(waking)).failed, notes);
