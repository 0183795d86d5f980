import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { sagaDefinition, stateNames } from '../../lib/saga-definition.ts';
import { sagaPicture } from '../../scripts/graph/picture.ts';
import { domain } from '../domain/index.ts';

const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:step';
const sagas = domain.sagas ?? [];

describe.each(sagas)('the picture of $name', (saga) => {
  const definition = sagaDefinition(saga, arn);
  const picture = sagaPicture(definition);

  test('is that of the code: npm run sagas:graph', () => expect(readFileSync(`docs/sagas/${saga.name}.svg`, 'utf8')).toBe(picture));

  test('has every state by its name, and no place that is nowhere', () => {
    const text = picture.replaceAll(/<\/text>\n<text class="name"[^>]*>/g, ' ');
    for (const name of stateNames(definition)) expect(text).toContain(`>${name}<`);
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test('there is a picture for each saga, and none of another', () =>
  expect(readdirSync('docs/sagas').sort()).toEqual(sagas.map(({ name }) => `${name}.svg`).sort()));
