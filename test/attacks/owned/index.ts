/** A service whose documents and streams have owners. */
export { ownedDomain as domain } from '../../support/owned-domain.ts';
