export { type MomentProblem, readMoment } from './read-moment.ts';
