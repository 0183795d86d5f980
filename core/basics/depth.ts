/**
 * The most processes in a row. A chain of reactions and sagas that reaches it is a loop: each event of one causes the next one. What would
 * be deeper is not done, so the loop ends, and an operator sees it.
 */
export const maxDepth = 16;
