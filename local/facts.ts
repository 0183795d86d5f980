import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from './resources/host.ts';

export interface Deployed {
  /** Of the stack. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly host: Pick<Host, 'endpoint' | 'region' | 'services' | 'objects' | 'buckets'>;
  /** Where the API listens. */
  readonly url: string;
  readonly domain?: string | undefined;
  /** Who plays the third parties. */
  readonly simulators: readonly { readonly name: string; readonly url: string }[];
  /** False if the system keeps nothing. */
  readonly isKept: boolean;
}

/** What the tools of the command line want to know of a running system. */
const factsOf = ({ outputs, host, url, domain, simulators, isKept }: Deployed) => {
  const tables = (name: string) => JSON.parse(String(outputs[name] ?? '{}'));
  const folders = ['DiscardedBatches', 'DiscardedByRelay'].map((name) => host.buckets.get(`arn:aws:s3:::${outputs[name]}`));
  return {
    url,
    process: process.pid,
    isKept,
    domain,
    simulators: Object.fromEntries(simulators.map((one) => [one.name, one.url])),
    region: host.region,
    endpoint: host.endpoint,
    services: host.services,
    objects: host.objects,
    events: outputs['EventsTable'],
    names: outputs['NamesTable'],
    readModels: tables('ReadModelTables'),
    pointers: outputs['PointersTable'],
    relayPositions: tables('RelayPositions'),
    bus: outputs['EventBus'],
    discarded: folders.filter((folder) => folder !== undefined),
    anchors: outputs['Anchors'],
    acts: outputs['OperatorFunction'],
    sagaTable: outputs['SagaTable'],
    sagaMachines: tables('SagaMachines'),
    parkedCommands: outputs['ParkedCommands'],
    callQueues: tables('CallQueues'),
    circuits: outputs['CircuitsTable'],
    scheduleGroup: outputs['ScheduleGroup'],
    inboxQueues: tables('InboxQueues'),
    inboxBuses: tables('InboxBuses'),
  };
};

/** `system.json`: where the tools of the command line find a running system. Answers how to take it back. */
export const tellTools = async (folder: string, deployed: Deployed): Promise<() => Promise<void>> => {
  const file = join(folder, 'system.json');
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify(factsOf(deployed), undefined, 2)}\n`);
  return () => (deployed.isKept ? rm(file, { force: true }) : rm(folder, { recursive: true, force: true }));
};
