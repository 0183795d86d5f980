import { expect, test } from '@jest/globals';
import { Template } from 'aws-cdk-lib/assertions';
import type { Domain } from '../../core/registry/domain.ts';
import { domain as courses } from '../../examples/courses/index.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { domain as loyalty } from '../loyalty/index.ts';
import { permissionsIn } from './permissions.ts';
import { quickApp } from './synthesize.ts';

const production = { stage: 'prod', issuer: 'https://issuer.example', audience: 'foldstream' };
const checkersOf = (domain: Domain) =>
  permissionsIn(Template.fromStack(new ServiceStack(quickApp(production), 'foldstream-test', { domain })))
    .filter(({ action }) => action === 'dynamodb:ConditionCheckItem')
    .map(({ who, resource }) => [who, resource.split(':').at(-1)]);

test('a domain whose commands read other aggregates lets the function that appends check conditions on the log, and no other', () => {
  expect(checkersOf(courses)).toEqual([['CommandsFunctionRole', expect.stringMatching(/EventStoreEvents/)]]);
});

test('a domain that reads nothing gives this right to no function', () => {
  expect(checkersOf(loyalty)).toEqual([]);
}, 60_000);
