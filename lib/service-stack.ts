import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Domain } from '../core/domain.ts';
import { CommandApi } from './command-api.ts';
import { EventStore } from './event-store.ts';
import { Projector } from './projector.ts';
import { QueryApi } from './query-api.ts';
import { ReadModels } from './read-models.ts';
import { ServiceApi } from './service-api.ts';

export interface ServiceStackProps extends StackProps {
  readonly domain: Domain;
}

/** The architecture diagram, in code. What there is to run comes from the domain: a new member changes nothing here. */
export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { domain, ...props }: ServiceStackProps) {
    super(scope, id, props);

    const eventStore = new EventStore(this, 'EventStore');
    const readModels = new ReadModels(this, 'ReadModels', { of: domain.projections });
    const api = new ServiceApi(this, 'Api');

    new CommandApi(this, 'Commands', { api, appendsTo: eventStore });
    new Projector(this, 'Projector', { listensTo: eventStore, writesTo: readModels });
    new QueryApi(this, 'Queries', { api, readsFrom: [readModels, eventStore] });

    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint });
    for (const [name, value] of Object.entries(eventStore.tableNames)) new CfnOutput(this, name, { value });
  }
}
