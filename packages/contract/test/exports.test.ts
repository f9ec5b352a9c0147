import * as contract from '@greenroom/contract';
import * as localTime from '@greenroom/contract/local-time';
import * as openapi from '@greenroom/contract/openapi';
import { expect, test } from 'vitest';

test('exports these names and no others', () => {
  expect(Object.keys(contract).sort()).toEqual([
    'API_BASE_PATH',
    'EventSchema',
    'GreenroomError',
    'ImportRowSchema',
    'MOST_IMPORT_ROWS',
    'MetProblemSchema',
    'PROBLEM_BASE_PATH',
    'PROBLEM_CONTENT_TYPE',
    'ProblemFieldSchema',
    'ProblemSchema',
    'access',
    'createClient',
    'eventTypes',
    'isRoleAtLeast',
    'liveEvents',
    'operations',
    'problemKinds',
    'problemsOf',
    'roles',
    'scopeRoles',
    'uploadAccess',
  ]);
  expect(Object.keys(openapi)).toEqual(['openApiDocument']);
  expect(Object.keys(localTime)).toEqual(['readMoment']);
});
