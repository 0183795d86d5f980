import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';

type Image = Readonly<Record<string, unknown>>;

/** A stream record as Lambda hands it to a function: dates are seconds, binary is base64. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: string;
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Image;
    readonly NewImage?: Image;
    readonly OldImage?: Image;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
}

export const sequenceNumber = ({ dynamodb }: StreamRecord): string => dynamodb.SequenceNumber;

/** From what the streams API answers. */
export const toStreamRecord = (
  { eventID = '', eventName = 'INSERT', eventVersion = '1.1', dynamodb = {} }: _Record,
  { region, streamArn }: { readonly region: string; readonly streamArn: string },
): StreamRecord => ({
  eventID,
  eventName,
  eventVersion,
  eventSource: 'aws:dynamodb',
  awsRegion: region,
  eventSourceARN: streamArn,
  dynamodb: {
    ApproximateCreationDateTime: (dynamodb.ApproximateCreationDateTime?.getTime() ?? 0) / 1000,
    Keys: toImage(dynamodb.Keys ?? {}),
    ...(dynamodb.NewImage && { NewImage: toImage(dynamodb.NewImage) }),
    ...(dynamodb.OldImage && { OldImage: toImage(dynamodb.OldImage) }),
    SequenceNumber: dynamodb.SequenceNumber ?? '',
    SizeBytes: dynamodb.SizeBytes ?? 0,
    StreamViewType: dynamodb.StreamViewType ?? '',
  },
});

const toImage = (item: Readonly<Record<string, AttributeValue>>): Image =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toJson(value)]));

const toJson = (value: AttributeValue): Image => {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(toJson) };
  if (value.M !== undefined) return { M: toImage(value.M) };
  return { ...value };
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
