import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { orUnavailable } from '../../adapters/aws/unavailable.ts';
import { Unavailable } from '../../core/basics/errors.ts';
import { clientSettings, type Place } from './events-table.ts';

/** A bucket, to be read. */
export interface Bucket {
  readonly name: string;
  readonly client: S3Client;
}

/** `endpoint`: another S3 than that of AWS. Without one, the environment's, and then who answers for DynamoDB. */
export const bucketAt = (place: Place, name: string, endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? place.endpoint): Bucket => ({
  name,
  client: new S3Client(clientSettings({ ...place, endpoint })),
});

/** The keys of all objects whose key begins like that, in order, page by page. @throws Error that names the bucket. */
export async function* keysIn({ client, name }: Bucket, Prefix = ''): AsyncGenerator<readonly string[]> {
  let ContinuationToken: string | undefined;
  do {
    const request = new ListObjectsV2Command({ Bucket: name, Prefix, ContinuationToken });
    const { Contents = [], NextContinuationToken } = await answered(name, client.send(request));
    yield Contents.flatMap(({ Key }) => Key ?? []);
    ContinuationToken = NextContinuationToken;
  } while (ContinuationToken !== undefined);
}

/** An object, as text. @throws Error that names the bucket. */
export const objectIn = async ({ client, name }: Bucket, Key: string): Promise<string> => {
  const read = async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: name, Key }));
    return (await Body?.transformToString()) ?? '';
  };
  return answered(`${name}/${Key}`, read());
};

const answered = async <T>(what: string, answer: Promise<T>): Promise<T> => {
  try {
    return await orUnavailable(answer);
  } catch (error) {
    const { name, message } = error as Error;
    const reason = error instanceof Unavailable ? 'S3 does not answer: ' : `${name}: `;
    throw new Error(`s3://${what}: ${reason}${message}`, { cause: error });
  }
};
