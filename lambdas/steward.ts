import middy from '@middy/core';
import { steward } from '../core/steward.ts';
import { domain, now, pause, pointers, rebuilds } from './runtime.ts';

const stewarding = { domain, pointers: pointers(), rebuilds: rebuilds(), now, pause };

/** Sees to it that every projection is filled, by the clock. */
export const handler = middy().handler(() => steward(stewarding));
