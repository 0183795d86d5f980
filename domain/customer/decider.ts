import { defineDecider, ensure } from 'foldstream';
import * as z from 'zod';
import { events } from './events.ts';

export const commands = {
  RegisterCustomer: z.object({ name: z.string().min(1), email: z.email() }),
  ChangeEmail: z.object({ email: z.email() }),
  RemoveCustomer: z.object({}),
};

type Customer = { readonly status: 'new' | 'registered' | 'gone'; readonly email: string };

/** A customer. While a customer is registered, no other customer can have the same e-mail address. */
export const customer = defineDecider({
  name: 'customer',
  commands,
  events,
  initialState: (): Customer => ({ status: 'new', email: '' }),
  claims: ({ status, email }) => (status === 'registered' ? [`email:${email.toLowerCase()}`] : []),

  decide: {
    RegisterCustomer: (registration, { status }) => {
      ensure(status === 'new', 'CustomerAlreadyRegistered');
      return [{ type: 'CustomerRegistered', data: registration }];
    },
    ChangeEmail: ({ email }, customer) => {
      ensure(customer.status === 'registered', 'CustomerNotRegistered');
      return email === customer.email ? [] : [{ type: 'CustomerEmailChanged', data: { email } }];
    },
    RemoveCustomer: (_, { status }) => {
      if (status === 'gone') return [];
      ensure(status === 'registered', 'CustomerNotRegistered');
      return [{ type: 'CustomerLeft', data: {} }];
    },
  },

  evolve: {
    CustomerRegistered: (_, { email }) => ({ status: 'registered', email }),
    CustomerEmailChanged: (customer, { email }) => ({ ...customer, email }),
    CustomerLeft: (customer) => ({ ...customer, status: 'gone' }),
  },
});
