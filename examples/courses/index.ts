import { defineDomain } from 'foldstream';
import { course, student } from './deciders.ts';

/** The course subscriptions of dcb.events: rules that concern a course and a student at once. */
export const domain = defineDomain({ deciders: [course, student], projections: [] });
