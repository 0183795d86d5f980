import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { acts } from '../../core/operate/acts.ts';
import { type Domain, deciderNamed } from '../../core/registry/domain.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { ofService } from '../../lib/folders.ts';
import { baseFolder, type EventsTable } from './events-table.ts';
import { type Flags, textOf } from './flags.ts';

/** The code that understands the events: `--domain FOLDER`, else that of the system that runs here, else domain/. @throws Error. */
export const domainOf = async (flags: Flags, { place }: EventsTable): Promise<Domain> => {
  const said = textOf(flags, 'domain');
  const folder = said === undefined ? (place.domain ?? ofService('domain')) : resolve(baseFolder(), said);
  const { domain } = (await import(pathToFileURL(join(folder, 'index.ts')).href)) as { readonly domain?: Domain };
  if (domain === undefined) throw new Error(`${folder}/index.ts exports no 'domain'.`);
  return domain;
};

/** An aggregate of the domain, or that of the operators' acts. @throws Error that names the aggregates there are. */
export const deciderIn = (domain: Domain, aggregate: string): AnyDecider => {
  if (aggregate === acts.name) return acts;
  try {
    return deciderNamed(domain, aggregate);
  } catch {
    const known = domain.deciders.map(({ name }) => name).join(', ');
    throw new Error(`The domain has no aggregate '${aggregate}', only ${known || 'none'}: say which domain has (--domain FOLDER).`);
  }
};
