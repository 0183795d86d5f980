import { App } from 'aws-cdk-lib';
import { type Stage, stageOf } from '../../lib/stage.ts';

/** The settings of a stage, with its defaults. */
export const settingsOf = (stage: string): Stage => stageOf(new App({ context: { stage, auth: 'none' } }));

/** Every name of a setting: what the error about an unknown one lists. */
export const settingNames = (): readonly string[] => {
  try {
    stageOf(new App({ context: { auth: 'none', unknown: true } }));
  } catch (error) {
    return /\w+(?:, \w+){9,}/.exec((error as Error).message)?.[0].split(', ') ?? [];
  }
  return [];
};
