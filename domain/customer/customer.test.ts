import { refused, scenarios } from 'foldstream/testing';
import { customer } from './decider.ts';

const registered = { type: 'CustomerRegistered', data: { name: 'Ada', email: 'ada@example.com' } } as const;
const moved = { type: 'CustomerEmailChanged', data: { email: 'ada@example.org' } } as const;
const left = { type: 'CustomerLeft', data: {} } as const;

const register = { type: 'RegisterCustomer', data: registered.data } as const;
const move = { type: 'ChangeEmail', data: moved.data } as const;
const stay = { type: 'ChangeEmail', data: { email: 'ada@example.com' } } as const;
const leave = { type: 'RemoveCustomer', data: {} } as const;

scenarios(customer, {
  'a customer registers': { given: [], when: register, then: [registered] },
  'a customer registers once': { given: [registered], when: register, then: refused('CustomerAlreadyRegistered') },
  'an address changes': { given: [registered], when: move, then: [moved] },
  'the same address changes nothing': { given: [registered], when: stay, then: [] },
  'an unregistered customer cannot change the address': { given: [], when: move, then: refused('CustomerNotRegistered') },
  'a customer leaves': { given: [registered, moved], when: leave, then: [left] },
  'leaving twice changes nothing': { given: [registered, left], when: leave, then: [] },
  'an unregistered customer cannot leave': { given: [], when: leave, then: refused('CustomerNotRegistered') },
  'a customer who has left cannot register again': {
    given: [registered, left],
    when: register,
    then: refused('CustomerAlreadyRegistered'),
  },
});
