/** Anywhere in the text, because some issuers put the name of a connection before the address. */
const eMail = /[^\s@]@[^\s@]+\.[^\s@]/;

/** Whether a name looks like an e-mail address. The log keeps the actor of a commit for ever, so a stage must allow such a name. */
export const looksLikeEMail = (name: string): boolean => eMail.test(name);
