import { expect, test } from '@jest/globals';
import { looksLikeEMail } from './e-mail.ts';

test.each([
  ['ada@example.com', true],
  ['ROLE/ada@example.com', true],
  ['saml:ada@example.co.uk', true],
  ['ada', false],
  ['auth0|5f7c', false],
  ['ada@host', false],
  ['@example.com', false],
  ['ada@ example.com', false],
  ['a @b.c', false],
  ['a@b.', false],
  ['a@b.@', false],
  ['a@@b.c', false],
  ['a@.c', false],
])('%s looks like an e-mail address: %s', (name, expected) => expect(looksLikeEMail(name)).toBe(expected));
