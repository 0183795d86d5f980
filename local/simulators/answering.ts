import type { AnySimulator } from '../../core/calls/simulator.ts';
import { scopeToSend } from '../../core/registry/access.ts';
import { commandVersion } from '../../core/write/command-versions.ts';
import type { Issuer } from '../issuer.ts';
import type { Say } from '../say.ts';
import { pause } from '../waiting.ts';
import type { Due } from './books.ts';

export interface AnsweringProps {
  readonly simulator: AnySimulator;
  /** Of the service. */
  readonly url: string;
  readonly issuer: Issuer | undefined;
  /** Which claim of a token says which tenant it is for; absent: there are no tenants. */
  readonly tenantClaim?: string | undefined;
  readonly say: Say;
  readonly signal: AbortSignal;
}

/** Sends a command when it is due, again and again until the service has answered it; a refusal is an answer, too. */
export const answering = (props: AnsweringProps) => async (due: Due) => {
  const { simulator, say, signal } = props;
  for (let tries = 0; !signal.aborted; tries++) {
    await pause(tries === 0 ? Math.max(0, due.at - Date.now()) : Math.min(100 * 2 ** tries, 5_000), signal);
    if (signal.aborted) return;
    const answer = await send(props, due).catch(() => undefined);
    if (answer === undefined || isPassing(answer)) continue;
    if (answer.status >= 400) say(simulator.name, `${due.command.type} for ${due.id} was answered ${answer.status}: ${answer.text}`);
    return due.done();
  }
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

const isPassing = ({ status, text }: Answer): boolean =>
  status >= 500 || [401, 429].includes(status) || text.includes('ConcurrencyConflict');

const send = async (props: AnsweringProps, due: Due): Promise<Answer> => {
  const { simulator, url, signal } = props;
  const { id, command, key } = due;
  const token = await tokenFor(props, due);
  const response = await fetch(`${url}/${simulator.answers.name}/${id}/${command.type}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key, ...versionOf(simulator, command.type), ...token },
    body: JSON.stringify(command.data),
    signal: AbortSignal.any([signal, AbortSignal.timeout(35_000)]),
  });
  return { status: response.status, text: await response.text() };
};

/** A simulator's commands have today's form. */
const versionOf = ({ answers }: AnsweringProps['simulator'], type: string): Readonly<Record<string, string>> => {
  const version = commandVersion(answers.commands[type]);
  return version === 1 ? {} : { 'command-version': String(version) };
};

/** With the one scope that it needs, as a third party has it, and for the tenant whose event has asked it. */
const tokenFor = async (
  { simulator: { name, answers }, issuer, tenantClaim }: AnsweringProps,
  { command, tenant }: Due,
): Promise<Readonly<Record<string, string>>> => {
  if (issuer === undefined) return {};
  const scope = scopeToSend({ deciders: [answers], projections: [] }, answers.name, command.type);
  const claims: Record<string, string> = tenant === undefined || tenantClaim === undefined ? {} : { [tenantClaim]: tenant };
  return { authorization: `Bearer ${await issuer.mint({ subject: name, scopes: [scope], expiresInSeconds: 60, claims })}` };
};
