import type { Results } from '../measures/all.ts';
import { allStores } from '../stores/all.ts';
import { behaviourTable } from './behaviours.ts';
import { appendTable, loadTable, otherwiseTable, storageTable } from './costs.ts';
import { table } from './markdown.ts';
import { batchTable, fillTable, registerOf } from './projections.ts';
import { bundleTable, foldTable, loadTimeTable, memoryTable, throughputTable } from './ratios.ts';
import { type Target, targetTable } from './targets.ts';
import { versions } from './versions.ts';

/** The report in Markdown: the measurements, the method and the results. */
export const documentOf = (results: Results, targets: readonly Target[], date: Date): string => `# Benchmarks

Written by \`npm run bench\` on ${date.toISOString().slice(0, 10)}. Every store ran in that one run, on one engine, with one SDK; no number is
copied from another source. Counts are exact and the same in every run. Everything else is a ratio within the run (a
median of interleaved rounds), because a time says more about the machine than about the code.

${table(['', 'version'], versions())}

## What this project promises

${targetTable(targets)}

A missed count fails the run. A missed ratio stands here as it was measured.

## How each store is used

The workload is an account: a command moves money and makes events of about 300 bytes, each different; a closed account
refuses. Each store is set up as its documentation says.

${table(
  ['', ''],
  allStores.map(({ name, note }) => [name, note]),
)}

## What a command costs

The stream has ten events, or three (*small*). *Cold*: the process has not seen the stream. *Warm*: the process's last
command was on the stream. WCU are computed by the rules of AWS from the sizes of the items: a transaction is billed
twice, index entries once, a failed condition as a success (the engine bills all of these wrongly). RCU are counted by
the engine, at least half a unit, which AWS also bills for an empty result.

${appendTable(results)}

${otherwiseTable(results)}

*Repeated*: the same command is sent again, as after a timeout. Only this project recognises it. *Refused*: a process
that decides on remembered state may refuse wrongly, because another process may have written. So this project reads
once more with strong consistency. A store that refuses without a trip may give an outdated answer.

Many commands in a row on one stream. *Billed bytes* include the 100 that AWS adds to each item and index entry:

${storageTable(results)}

This project stores the most bytes an event where commits are small: a snapshot fills the rest of a write unit that is
paid for anyway. Equinox-JS stores the fewest and pays in write units: it writes its whole tip again each time.

## What a load costs

This project reads the newest eight commits with eventual consistency: half a unit if they take 4 KB together, a whole
unit if each is a full KB.

${loadTable(results)}

${loadTimeTable(results)}

The raw queries read every event of the same stream, one item each, without a fold. A load that ends at a snapshot
reads the end of the stream alone.

${memoryTable(results)}

## How fast it goes

Commands per second, warm, relative to a bare conditional \`PutItem\` of an item as large as this project's commit,
attribute for attribute, at the same concurrency, in a process that has carried out thousands before. The Lambda handler
takes an event of API Gateway and returns its answer. The engine answers within a millisecond and shares the processors
with this process. DynamoDB takes some milliseconds and none of the Lambda’s processor. So the time that a store adds
weighs several times as much here as on AWS.

${throughputTable(results)}

${foldTable(results)}

## What a read model costs

The projector of [examples/fines](../examples/fines/README.md), with
${registerOf(results)}.
Commits reach it in the order of time, as the table's stream brings them, unless a row says otherwise.

${batchTable(results)}

A document of one fine is read and written once for each fine in a batch, and not read for its first event. A document
of many fines is written in transactions, together with a checkpoint for each fine in it. That is the price of an effect
that happens exactly once, and AWS bills a transaction twice.

Each table is filled again from the log, as by a rebuild: events are read, lifted, checked, folded and written, four
segments side by side where the documents are of one fine. The raw writes are the same rows,
from memory: \`BatchWriteItem\`, four at a time, or the same \`TransactWriteItems\`, one after the other.

${fillTable(results)}

## What they do when it matters

Each row was run. *A lost response*: the engine has carried the write out, the connection breaks, the SDK tries again.

${behaviourTable(results)}

## What they weigh

Each store is bundled as in \`lib/service-function.ts\`, with the credentials from the environment alone; this project's
own bundles leave out more (\`lib/bundle-shims.ts\`). The command Lambda is this project's real one, with
HTTP, schemas, error documents, logger, metrics and tracer; all others take a plain object and hold one aggregate.

${bundleTable(results)}
`;
