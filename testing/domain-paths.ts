import type { Domain } from '../core/registry/members.ts';
import { type DomainPaths, type WalkedDomain, walkDomain } from '../core/testing/domain-paths/walk-domain.ts';

/**
 * Walks everything that the processes of a domain may do in one world: its sagas, reactions and reminders, and the commands of clients, in
 * every order. Up to two deliveries or commands at once are lost, doubled, late or overtaken (`disturbances`); random walks go beyond. It
 * prints how many situations there are, and how long they took.
 *
 * @throws Error with the path, as a numbered list, that breaks an invariant.
 *
 * @example
 * test('every path of the domain', () => {
 *   everyPathOfDomain(domain, {
 *     given: [{ to: order, id: '42', command: { type: 'PlaceOrder', data: placement } }],
 *     clients: [{ to: order, id: '42', command: { type: 'CancelOrder', data: { reason: 'changed my mind' } } }],
 *     holds: { 'an order ends shipped or cancelled': ({ world }) => stateOf(world, order, '42').status !== 'placed' },
 *   });
 * });
 */
export const everyPathOfDomain = (domain: Domain, paths: DomainPaths): WalkedDomain => {
  const began = performance.now();
  const walked = walkDomain(domain, paths);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (walked.failure !== undefined) throw new Error(`${brokenIn(walked.failure)}\n(${countsOf(walked)}, ${seconds} s)`);
  console.info(`every path of the domain: ${countsOf(walked)}, ${seconds} s`);
  return walked;
};

const brokenIn = ({ broken, path }: NonNullable<WalkedDomain['failure']>): string =>
  [`broken: ${broken}`, ...path.map((step, index) => `${index + 1}. ${step}`)].join('\n');

const inWords = (count: number): string => count.toLocaleString('en-US');

const countsOf = ({ situations, merged, atRest, disturbances, beyond }: WalkedDomain): string =>
  [
    `${inWords(situations)} situations (${inWords(atRest)} at rest, ${inWords(merged)} times merged)`,
    `up to ${disturbances} disturbances exhaustively, ${inWords(beyond)} random walks beyond`,
  ].join(', ');
