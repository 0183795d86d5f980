import { Invalid, NotFound } from '../basics/errors.ts';
import { parse, type Recorded } from '../basics/messages.ts';
import { type CommandTo, commandsFrom } from '../processes/command-to.ts';
import { processName } from '../processes/kinds.ts';
import { type Cause, demandKnown, type SendingPorts, sendCommands, sendCommandsAgain } from '../processes/sending.ts';
import type { AnyCalls } from './calls.ts';
import type { Answered, CallAnswer } from './outbound-requests.ts';

/** A delivery of an older event may be a later one, whatever the queue says. */
const secondsOfDoubt = 60;

/**
 * Sends the commands that the answer of a third party causes. Their ids are made of the call's key, so a call that is made twice acts once.
 * What is refused is parked, with the answer. So is an answer that does not fit its schema.
 * @throws the error of a command whose outcome is unknown: the event has to be delivered again, and the call is made again under its key.
 */
export const takeAnswer =
  (ports: SendingPorts) =>
  async (calls: AnyCalls, event: Recorded, { answer, isRepeated }: Answered): Promise<void> => {
    if (calls.answered?.[answer.status] === undefined) return;
    const age = (ports.now().getTime() - Date.parse(event.metadata.recordedAt)) / 1000;
    const cause = causeOf(calls, event, { answer, isRepeated: isRepeated || age > secondsOfDoubt });
    demandKnown(await sendCommands(ports, cause, () => commandsOfAnswer(calls, event, answer)));
  };

/** Takes an answer once more that was parked, for an operator. The third party is not called. @throws as `takeAnswer` does; NotFound. */
export const takeAnswerAgain =
  (ports: SendingPorts & { readonly calls: readonly AnyCalls[] }) =>
  async (process: string, event: Recorded): Promise<void> => {
    const calls = ports.calls.find(({ name }) => processName('call', name) === process);
    if (calls === undefined) throw new NotFound('NotFound', `no calls are the process '${process}'`);
    const input = (await ports.parked.of(process, event.metadata.eventId)).find((one) => one.input !== undefined)?.input;
    if (input === undefined) return; // Carried out, or given up.
    const answer = JSON.parse(input) as CallAnswer;
    await sendCommandsAgain(ports, causeOf(calls, event, { answer, isRepeated: true }), () => commandsOfAnswer(calls, event, answer));
  };

/** The event's id is the call's key. No answer came before the event was recorded. */
const causeOf = ({ name }: AnyCalls, { metadata }: Recorded, { answer, isRepeated }: Answered): Cause => ({
  process: processName('call', name),
  id: metadata.eventId,
  since: metadata.recordedAt,
  isRepeated,
  of: metadata,
  input: JSON.stringify({ status: answer.status, text: answer.text } satisfies CallAnswer),
});

/** The commands that an answer causes. @throws Invalid if it does not fit its schema; what the row throws. */
export const commandsOfAnswer = (calls: AnyCalls, event: Recorded, { status, text }: CallAnswer): readonly CommandTo[] => {
  const { name, to = [], answers = {}, answered = {} } = calls;
  const [schema, row] = [answers[status], answered[status]];
  if (schema === undefined || row === undefined) return [];
  return commandsFrom({ name, to }, row(parse(schema, jsonOf(text), 'answer'), event));
};

/** An answer without a body is `undefined`, which `z.undefined()` takes. */
const jsonOf = (text: string): unknown => {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Invalid('InvalidData', 'the answer is not JSON');
  }
};
