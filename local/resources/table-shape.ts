import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** What a global table of the template and a table of the engine have in common. */
export type TableShape = Pick<CreateTableCommandInput, 'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes'> & {
  readonly StreamSpecification?: { readonly StreamViewType: 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | 'KEYS_ONLY' };
};
