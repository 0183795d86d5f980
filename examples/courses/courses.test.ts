import type { CommandOf, EventOf } from 'foldstream';
import { refused, scenarios } from 'foldstream/testing';
import { course, mostChoices, student } from './deciders.ts';

type CourseEvent = EventOf<typeof course>;
type CourseCommand = CommandOf<typeof course>;
type StudentEvent = EventOf<typeof student>;
type StudentCommand = CommandOf<typeof student>;

const defined: CourseEvent = { type: 'CourseDefined', data: { code: 'MA-101', capacity: 1 } };
const changed: CourseEvent = { type: 'CapacityChanged', data: { capacity: 2 } };
const subscribed = (of: string): CourseEvent => ({ type: 'StudentSubscribed', data: { studentId: of, number: `no ${of}` } });
const unsubscribed: CourseEvent = { type: 'StudentUnsubscribed', data: { studentId: 'ada', number: 'no ada' } };
const registered: StudentEvent = { type: 'StudentRegistered', data: { number: 'no ada', email: 'ada@example.org' } };
const chosen = (code = 'MA-101'): StudentEvent => ({ type: 'CourseChosen', data: { courseId: 'maths', code } });
const dropped: StudentEvent = { type: 'CourseDropped', data: { courseId: 'maths', code: 'MA-101' } };

const define: CourseCommand = { type: 'DefineCourse', data: defined.data };
const change = (capacity: number): CourseCommand => ({ type: 'ChangeCapacity', data: { capacity } });
const subscribe: CourseCommand = { type: 'Subscribe', data: { studentId: 'ada' } };
const unsubscribe: CourseCommand = { type: 'Unsubscribe', data: { studentId: 'ada' } };
const register: StudentCommand = { type: 'Register', data: registered.data };
const choose: StudentCommand = { type: 'Choose', data: { courseId: 'maths' } };
const drop: StudentCommand = { type: 'Drop', data: { courseId: 'maths' } };

const ada = { student: [registered, chosen()] };

scenarios(course, {
  'a course is defined': { given: [], when: define, then: [defined] },
  'a course is defined once': { given: [defined], when: define, then: refused('CourseAlreadyDefined') },
  'a course gets more places': { given: [defined], when: change(2), then: [changed] },
  'the same capacity changes nothing': { given: [defined], when: change(1), then: [] },
  'places that are taken stay': {
    given: [defined, changed, subscribed('bo'), subscribed('eve')],
    when: change(1),
    then: refused('PlacesAreTaken'),
  },
  'there is no capacity without a course': { given: [], when: change(1), then: refused('NoSuchCourse') },
  'a student takes a place': { given: [defined], when: subscribe, reads: ada, then: [subscribed('ada')] },
  'a student who has a place keeps it': { given: [defined, subscribed('ada')], when: subscribe, reads: ada, then: [] },
  'a full course takes nobody': { given: [defined, subscribed('bo')], when: subscribe, reads: ada, then: refused('CourseFull') },
  'only who has chosen the course': { given: [defined], when: subscribe, reads: { student: [registered] }, then: refused('NotChosen') },
  'only a student': { given: [defined], when: subscribe, then: refused('NotChosen') },
  'a place is given back': { given: [defined, subscribed('ada')], when: unsubscribe, reads: ada, then: [unsubscribed] },
  'a place that nobody has is not': { given: [defined], when: unsubscribe, reads: ada, then: [] },
});

scenarios(student, {
  'a student registers': { given: [], when: register, then: [registered] },
  'a student registers once': { given: [registered], when: register, then: refused('AlreadyRegistered') },
  'a student chooses a course': { given: [registered], when: choose, reads: { course: [defined] }, then: [chosen()] },
  'a choice is made once': { given: [registered, chosen()], when: choose, reads: { course: [defined] }, then: [] },
  'only a registered student chooses': { given: [], when: choose, reads: { course: [defined] }, then: refused('NotRegistered') },
  'only a course is chosen': { given: [registered], when: choose, then: refused('NoSuchCourse') },
  'a student chooses up to ten': {
    given: [registered, ...Array.from({ length: mostChoices }, (_, index) => chosen(`C-${index}`))],
    when: choose,
    reads: { course: [defined] },
    then: refused('TooManyChoices'),
  },
  'a choice is dropped': { given: [registered, chosen()], when: drop, reads: { course: [defined] }, then: [dropped] },
  'a choice that was not made is not': { given: [registered], when: drop, reads: { course: [defined] }, then: [] },
  'a choice with a place stays': {
    given: [registered, chosen()],
    when: drop,
    reads: { course: [defined, subscribed('ada')] },
    then: refused('HasAPlace'),
  },
});
