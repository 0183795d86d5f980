import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { sagaDefinition } from '../../lib/saga-definition.ts';
import { fulfilment } from '../domain/fulfilment/saga.ts';

test('a saga that decides nothing has the machine that it had before sagas could decide, to the byte', () => {
  const definition = JSON.stringify(sagaDefinition(fulfilment, 'step'));
  expect(definition).toHaveLength(19_410);
  expect(createHash('sha256').update(definition).digest('hex')).toBe('722a03a938bd8c47925ec2890d45bf4d77063e08e34f878bb8cb4b7f96a895f0');
});
