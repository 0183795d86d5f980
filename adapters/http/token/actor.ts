import { looksLikeEMail } from '../../../core/basics/e-mail.ts';
import { Denied } from '../../../core/basics/errors.ts';
import type { Claims } from './claims.ts';

export interface Naming {
  /** The claims that may name the actor, the first of them that the token has; separated by commas. The default is `sub,client_id`. */
  readonly actorClaim?: string | undefined;
  /** Whether an actor may look like an e-mail address. */
  readonly emailActors?: boolean | undefined;
}

const longest = 256;

/** The actor that the log names. A client that acts for no user is its own subject. @throws Denied (`Forbidden`). */
export const actorIn = ({ text }: Claims, { actorClaim = 'sub,client_id', emailActors = false }: Naming): string => {
  const names = actorClaim.split(',');
  const name = names.find((one) => Object.hasOwn(text, one) && text[one] !== '');
  const actor = name === undefined ? '' : String(text[name]);
  if (actor === '' || actor.length > longest)
    throw new Denied('Forbidden', `the token has no subject (${names.map((one) => `'${one}'`).join(' or ')})`);
  if (!actor.isWellFormed()) throw new Denied('Forbidden', `the token's claim '${name}' has half of a surrogate pair`);
  if (emailActors || !looksLikeEMail(actor)) return actor;
  throw new Denied(
    'Forbidden',
    `the token's claim '${name}' looks like an e-mail address, and the log would keep it for ever as the actor: ` +
      'name another claim in the setting actorClaim, or allow addresses with emailActors',
  );
};
