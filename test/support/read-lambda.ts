import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
} from 'aws-lambda';
import { beginningOf, type CommitItem, toItem, versionAfter } from '../../adapters/event-log/commit-item.ts';
import type { StoredEvent } from '../../core/log/event-store.ts';

/** What a Lambda that serves HTTP exports. */
export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
export type StreamHandler = (event: DynamoDBStreamEvent, context: Context) => Promise<DynamoDBBatchResponse>;

export const context = { awsRequestId: 'invocation', getRemainingTimeInMillis: () => 10_000 } as unknown as Context;

export interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** The query as it was sent, where `query` cannot say it: `a=1&a=2`. API Gateway joins the values of a repeated parameter. */
  readonly rawQuery?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is where it is text; anything else as JSON. */
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
  readonly requestId?: string;
  readonly path?: string;
  /** What the verified token says; absent: there was none. */
  readonly claims?: Readonly<Record<string, string>>;
}

let requests = 0;

/** A request as API Gateway hands it on: `POST /{aggregate}/{id}/{command}`, with its variable parts decoded; `PUT $default` where no route takes it. */
export const httpEvent = (key: string, asked: Asked = {}): APIGatewayProxyEventV2 => {
  requests += 1;
  const {
    params = {},
    query = joined(asked.rawQuery),
    headers = {},
    body,
    isBase64Encoded = false,
    requestId = `request-${requests}`,
    claims,
  } = asked;
  const [method = 'GET', route = '/nowhere'] = key.split(' ');
  const routeKey = route === '$default' ? route : key;
  const rawPath = asked.path ?? route.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: asked.rawQuery ?? new URLSearchParams(query).toString(),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(Object.keys(params).length === 0 ? {} : { pathParameters: { ...params } }),
    ...(query === undefined ? {} : { queryStringParameters: { ...query } }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded,
    requestContext: {
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims, scopes: null } } }),
      accountId: '1',
      apiId: 'api',
      domainName: 'example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey,
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
  };
};

const joined = (rawQuery: string | undefined): Readonly<Record<string, string>> | undefined => {
  if (rawQuery === undefined) return undefined;
  const parameters = new URLSearchParams(rawQuery);
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join()]));
};

export const jsonOf = ({ body }: APIGatewayProxyStructuredResultV2) => JSON.parse(body ?? '');

/** The items of a stream, one for each list of events. */
export const itemsOf = (stream: string, ...all: readonly (readonly StoredEvent[])[]): CommitItem[] => {
  const items: CommitItem[] = [];
  for (const [index, events] of all.entries()) {
    const before = items.at(-1);
    const request = {
      commandId: `command-${index}`,
      correlationId: 'c',
      causationId: `command-${index}`,
      command: { type: 'PlaceOrder', data: { index } },
    };
    items.push(
      toItem(
        before === undefined ? beginningOf(stream) : { ...before, version: versionAfter(before) },
        request,
        { events },
        `2026-01-01T00:00:0${index}.000Z`,
      ),
    );
  }
  return items;
};

/** A record of the table's stream as Lambda brings it: JSON, so bytes are base64 text. */
export const recordOf = (item: CommitItem, SequenceNumber: string): DynamoDBRecord => {
  const image = marshall(item) as Record<string, AttributeValue>;
  const NewImage = Object.fromEntries(
    Object.entries(image).map(([name, value]) => [name, value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') }]),
  );
  const dynamodb = { Keys: { stream: { S: item.stream }, version: { N: String(item.version) } }, NewImage, SequenceNumber };
  return JSON.parse(JSON.stringify({ eventID: SequenceNumber, eventName: 'INSERT', eventSource: 'aws:dynamodb', dynamodb }));
};

/** What DynamoDB says to a put where there is an item already. */
export const refusedBy = (item: Record<string, unknown>): ConditionalCheckFailedException =>
  new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {}, Item: marshall(item) });
