import { expect, it } from 'vitest';
import { decide } from './condition.js';

it.each([
  [{ equals: { type: 'flow' } }, true],
  [{ equals: { type: 'http' } }, false],
  [{ equals: { status: 'OK' } }, undefined],
  [{ not: { equals: { type: 'flow' } } }, false],
  [{ not: { equals: { status: 'OK' } } }, undefined],
  [{ and: [{ equals: { type: 'http' } }, { equals: { status: 'OK' } }] }, false],
  [{ and: [{ equals: { type: 'flow' } }, { equals: { status: 'OK' } }] }, undefined],
  [{ or: [{ equals: { type: 'flow' } }, { equals: { status: 'OK' } }] }, true],
  [{ or: [{ equals: { type: 'http' } }, { equals: { status: 'OK' } }] }, undefined],
  [{ equals: { type: 'flow', status: 'OK' } }, undefined],
  [{ has_fields: ['type'] }, true],
  [{ regexp: { type: 'f.*' } }, undefined],
  ['nonsense', undefined],
])('%j of a flow event is %s', (condition, decision) => {
  expect(decide(condition, { type: 'flow' })).toBe(decision);
});
