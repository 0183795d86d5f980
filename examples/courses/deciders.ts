import { defineDecider, ensure, type Readable } from 'foldstream';
import * as z from 'zod';

// A course and a student. Each of them reads the other one, so both stand in one file.

/** A course: its places, and the numbers of the students who have one. */
interface Course {
  readonly code: string;
  readonly capacity: number;
  readonly students: readonly string[];
}

/** A student: the codes of the courses that they have chosen. */
interface Student {
  readonly number: string;
  readonly email: string;
  readonly choices: readonly string[];
}

export const mostChoices = 10;

const definition = z.object({ code: z.string(), capacity: z.int().positive() });
const capacity = z.object({ capacity: z.int().positive() });
const subscription = z.object({ studentId: z.string() });
const subscribed = z.object({ studentId: z.string(), number: z.string() });

/** A course has places. A student who has chosen the course may take one, while there are any. */
export const course = defineDecider({
  name: 'course',
  commands: { DefineCourse: definition, ChangeCapacity: capacity, Subscribe: subscription, Unsubscribe: subscription },
  events: { CourseDefined: definition, CapacityChanged: capacity, StudentSubscribed: subscribed, StudentUnsubscribed: subscribed },
  initialState: (): Course => ({ code: '', capacity: 0, students: [] }),
  claims: ({ code }) => (code === '' ? [] : [`course:${code}`]),
  reads: {
    Subscribe: { student: { of: (): Readable<Student> => student, id: ({ studentId }) => studentId } },
    Unsubscribe: { student: { of: (): Readable<Student> => student, id: ({ studentId }) => studentId } },
  },
  decide: {
    DefineCourse: (definition, { code }) => {
      ensure(code === '', 'CourseAlreadyDefined');
      return [{ type: 'CourseDefined', data: definition }];
    },
    ChangeCapacity: (change, { capacity, students }) => {
      ensure(capacity > 0, 'NoSuchCourse');
      ensure(change.capacity >= students.length, 'PlacesAreTaken');
      return change.capacity === capacity ? [] : [{ type: 'CapacityChanged', data: change }];
    },
    Subscribe: ({ studentId }, { code, capacity, students }, { reads: { student } }) => {
      const { number, choices } = student.state;
      if (students.includes(number)) return [];
      ensure(choices.includes(code), 'NotChosen');
      ensure(students.length < capacity, 'CourseFull');
      return [{ type: 'StudentSubscribed', data: { studentId, number } }];
    },
    Unsubscribe: ({ studentId }, { students }, { reads: { student } }) => {
      const { number } = student.state;
      return students.includes(number) ? [{ type: 'StudentUnsubscribed', data: { studentId, number } }] : [];
    },
  },
  evolve: {
    CourseDefined: (course, { code, capacity }) => ({ ...course, code, capacity }),
    CapacityChanged: (course, { capacity }) => ({ ...course, capacity }),
    StudentSubscribed: (course, { number }) => ({ ...course, students: [...course.students, number] }),
    StudentUnsubscribed: (course, { number }) => ({ ...course, students: course.students.filter((one) => one !== number) }),
  },
});

const registration = z.object({ number: z.string().min(1), email: z.email() });
const choice = z.object({ courseId: z.string() });
const chosen = z.object({ courseId: z.string(), code: z.string() });

/** A student chooses up to ten courses. A choice in which the student has a place cannot be dropped. */
export const student = defineDecider({
  name: 'student',
  commands: { Register: registration, Choose: choice, Drop: choice },
  events: { StudentRegistered: registration, CourseChosen: chosen, CourseDropped: chosen },
  initialState: (): Student => ({ number: '', email: '', choices: [] }),
  claims: ({ number, email }) => (number === '' ? [] : [`student:${number}`, `email:${email}`]),
  reads: {
    Choose: { course: { of: (): Readable<Course> => course, id: ({ courseId }) => courseId } },
    Drop: { course: { of: (): Readable<Course> => course, id: ({ courseId }) => courseId } },
  },
  decide: {
    Register: (registration, { number }) => {
      ensure(number === '', 'AlreadyRegistered');
      return [{ type: 'StudentRegistered', data: registration }];
    },
    Choose: ({ courseId }, { number, choices }, { reads: { course } }) => {
      ensure(number !== '', 'NotRegistered');
      ensure(course.exists, 'NoSuchCourse');
      const { code } = course.state;
      if (choices.includes(code)) return [];
      ensure(choices.length < mostChoices, 'TooManyChoices');
      return [{ type: 'CourseChosen', data: { courseId, code } }];
    },
    Drop: ({ courseId }, { number, choices }, { reads: { course } }) => {
      const { code, students } = course.state;
      if (!choices.includes(code)) return [];
      ensure(!students.includes(number), 'HasAPlace');
      return [{ type: 'CourseDropped', data: { courseId, code } }];
    },
  },
  evolve: {
    StudentRegistered: (student, { number, email }) => ({ ...student, number, email }),
    CourseChosen: (student, { code }) => ({ ...student, choices: [...student.choices, code] }),
    CourseDropped: (student, { code }) => ({ ...student, choices: student.choices.filter((one) => one !== code) }),
  },
});
