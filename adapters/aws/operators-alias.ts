/**
 * The alias of the command function that records the acts of operators. The right to invoke a function is the right to send it any event,
 * also one that looks as if API Gateway had checked a token. So operators may invoke this alias alone, and it takes no HTTP request; and
 * API Gateway invokes the function without an alias, where it takes no act.
 */
export const operatorsAlias = 'operators';
