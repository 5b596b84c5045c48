import { describe, expect, it } from 'vitest';
import { judge } from './reply.js';

const item = (status: number, error?: { type: string; reason: string }) => ({
  create: { status, ...(error ? { error } : {}) },
});

describe('a reply', () => {
  it('is judged item by item', () => {
    const statuses = [201, 429, 400, 409, 500, 200, 503, 404];
    const items = statuses.map((status) =>
      item(status, status >= 300 ? { type: `t${status}`, reason: 'r' } : undefined),
    );
    expect(judge({ errors: true, items }, items.length)).toEqual({
      retry: [1, 4, 6],
      duplicates: 1,
      rejected: 2,
      reason: 't400: r',
    });
  });

  it('that does not speak of an event leaves it to be sent again', () => {
    expect(judge({ errors: true, items: [item(201)] }, 3).retry).toEqual([1, 2]);
    expect(judge({ errors: true }, 2).retry).toEqual([0, 1]);
    expect(judge({ errors: true, items: [{}, item(201)] }, 2).retry).toEqual([0]);
  });

  it('that speaks of more events than were sent is read so far only', () => {
    expect(judge({ errors: true, items: [item(201), item(500)] }, 1)).toMatchObject({
      retry: [],
      rejected: 0,
    });
  });

  it('may give no cause', () => {
    expect(judge({ errors: true, items: [item(400)] }, 1).reason).toBe('400: ');
  });
});
