import { expect, it, vi } from 'vitest';
import { TestSession } from '../../test/support/session.js';
import { Counters } from '../base/counters.js';
import { declare } from '../events/fields.js';
import { Rows } from '../events/rows.js';
import { COMMAND, INFO, KIND, TRANSPORT } from '../handoff/record.js';
import { analyzer, type Flow, type Session } from './analyzer.js';
import { MAX_IDLE } from './idle.js';
import { redis } from './redis/analyzer.js';
import { Runtime } from './runtime.js';

const fields = declare({ 'test.text': { type: 'keyword', about: 'What came.' } });

const shown = ({ buf, pos, end }: Parameters<Session['data']>[1]) =>
  Buffer.from(buf.subarray(pos, end)).toString('latin1');

/** A protocol whose session is given by the test. */
function make(session: Partial<Session>, probe?: 'yes' | 'no' | 'more', name = 'test') {
  return analyzer({
    name,
    transports: ['tcp'],
    ports: [4242],
    options: {},
    fields,
    ...(probe ? { probe: () => probe } : {}),
    create: () => () => ({ data: () => 'ok', ...session }) as Session,
  });
}

it('counts a session that throws, tells it once, and goes on without it', () => {
  const t = new TestSession(
    make({
      data: () => {
        throw new Error('oops');
      },
    }),
  );
  t.client('a').client('b').server('c').end();
  expect(t.logs).toHaveLength(1);
  expect(t.logs[0]).toContain('oops');
  expect(t.counters.snapshot()).toMatchObject({ 'test.session.crashed': 1, 'test.session.dropped': 1 });
  expect(t.commands).toMatchObject([{ command: 2 }]);
});

it('puts the datagram flows to rest that were silent the longest and wait for nothing', () => {
  const asked: [slot: number, generation: number, seen: number][] = [];
  const rows = new Rows(new Uint8Array(1024), () => {});
  const memory = rows.memory;
  memory[INFO.transport] = TRANSPORT.udp;
  memory[INFO.claim] = 1;
  const busy = new Set<number>();
  let ended = 0;
  const protocol = {
    ...make({}),
    transports: ['udp'] as const,
    create: () => (flow: Flow) => ({
      data: () => 'ok' as const,
      end: () => ended++,
      get idle() {
        return !busy.has(flow.card);
      },
    }),
  };
  const runtime = new Runtime({
    uses: [{ analyzer: protocol, options: {}, ports: [0], statics: 0 }],
    rows,
    counters: new Counters(),
    detect: false,
    host: {
      openCard: () => {},
      command: (command, _, slot, generation, seen) => {
        if (command === COMMAND.rest) asked.push([slot, generation, seen]);
      },
      flowReport: () => {},
      counters: () => {},
      end: () => {},
      log: (message) => expect(message).toBe(''),
    },
  });
  const record = (kind: number, slot: number) =>
    runtime.handle(new Uint32Array([slot, 1, kind, 0, 1, 1, 0, 0]), 0, 1);
  const speak = (slot: number) => record(KIND.datagram, slot);
  for (let slot = 0; slot < MAX_IDLE; slot++) {
    record(KIND.flowOpen, slot);
    speak(slot);
  }
  busy.add(1);
  speak(0);
  expect(asked).toEqual([]);
  for (const slot of [5000, 5001, 5002, 5003]) {
    record(KIND.flowOpen, slot);
    speak(slot);
  }
  expect(asked).toEqual([
    [2, 1, 1],
    [3, 1, 1],
    [4, 1, 1],
  ]);
  record(KIND.flowEnd, 2);
  expect([ended, runtime.flows]).toEqual([1, MAX_IDLE + 3]);
  // The engine had sent another datagram: the lane is listed again.
  speak(3);
  for (let slot = 5; slot < MAX_IDLE; slot++) speak(slot);
  for (const slot of [0, 5000, 5001, 5002, 5003, 6000]) {
    if (slot === 6000) record(KIND.flowOpen, slot);
    speak(slot);
  }
  expect(asked).toContainEqual([3, 1, 2]);
});

it('shows what was not committed again, with more behind it, and no sooner than asked', () => {
  const seen: string[] = [];
  const t = new TestSession(
    make({
      data: (_, bytes) => {
        seen.push(shown(bytes));
        if (!bytes.need(5)) return 'ok';
        bytes.skip(5);
        return 'ok';
      },
    }),
  );
  t.client('ab').client('c').client('d').client('efg').client('hijk');
  expect(seen).toEqual(['ab', 'abcdefg', 'fghijk']);
});

it('drops a session that wants too much in one piece', () => {
  const t = new TestSession(
    make({
      data: (_, bytes) => {
        bytes.need(10_000_000);
        return 'ok';
      },
    }),
  );
  t.client('ab');
  expect(t.counters.snapshot()['test.session.oversized']).toBe(1);
});

it('does not show what was skipped, wherever the engine stops sending it', () => {
  const seen: string[] = [];
  const session = () => ({
    data: (_: unknown, bytes: Parameters<Session['data']>[1]) => {
      seen.push(shown(bytes));
      bytes.skip(seen.length === 1 ? 10 : bytes.left);
      return 'ok' as const;
    },
  });
  new TestSession(make(session())).client('abc').client('defghijKL').client('M');
  expect(seen.splice(0)).toEqual(['abc', 'KL', 'M']);
  new TestSession(make(session())).client('abc').client('d').jump(0, 6).client('KL');
  expect(seen.splice(0)).toEqual(['abc', 'KL']);
});

it('tells a gap, and what of it lay in a skipped part', () => {
  const gap = vi.fn(() => 'ok' as const);
  const seen: string[] = [];
  const t = new TestSession(
    make({
      data: (_, bytes) => {
        seen.push(shown(bytes));
        bytes.skip(seen.length === 1 ? 10 : bytes.left);
        return 'ok';
      },
      gap,
    }),
  );
  t.client('abc').gap(0, 5).client('IJKL');
  expect(gap).toHaveBeenCalledWith(0, 5, 0);
  expect(seen).toEqual(['abc', 'KL']);
});

it('drops a session that knows no gaps', () => {
  const end = vi.fn();
  new TestSession(make({ end })).client('a').gap(0, 1).client('b');
  expect(end).toHaveBeenCalledTimes(1);
});

it('claims an unknown port by content, and lets it go when nobody wants it', () => {
  const seen: string[] = [];
  const session: Partial<Session> = {
    data: (dir, bytes) => {
      seen.push(`${dir}${shown(bytes)}`);
      bytes.skip(bytes.left);
      return 'ok';
    },
  };
  const yes = new TestSession(make(session, 'yes'), {}, { detect: true });
  yes.client('a').server('b');
  expect(seen).toEqual(['0a', '1b']);
  expect(yes.commands).toMatchObject([{ command: 1 }]);
  const no = new TestSession(make(session, 'no'), {}, { detect: true });
  no.client('a').server('b');
  expect(no.commands).toMatchObject([{ command: 2 }]);
});

it('looks at no more than the first bytes of an unknown port', () => {
  const t = new TestSession(make({}, 'more'), {}, { detect: true });
  for (let i = 0; i < 20; i++) t.client('x'.repeat(500));
  expect(t.commands).toMatchObject([{ command: 2 }]);
});

it('hands a stream over to tls, with what was not consumed of both directions', () => {
  const seen: string[] = [];
  const end = vi.fn();
  const tls = make(
    {
      data: (dir, bytes) => {
        seen.push(`${dir}${shown(bytes)}`);
        bytes.skip(bytes.left);
        return 'ok';
      },
    },
    undefined,
    'tls',
  );
  const starts: Partial<Session> = {
    data: (dir, bytes) => {
      if (dir === 1) return 'ok';
      bytes.skip(5);
      return 'tls';
    },
    end,
  };
  const t = new TestSession(make(starts), {}, { beside: [tls] });
  t.server('early').client('STARThello').client('more').server('late').end();
  expect(seen).toEqual(['0hello', '1early', '0more', '1late']);
  expect(end).toHaveBeenCalledTimes(1);
  expect(t.commands).toEqual([]);
});

it('only counts a flow that becomes TLS where nobody analyzes TLS', () => {
  const t = new TestSession(make({ data: () => 'tls' }));
  t.client('a').client('b');
  expect(t.commands).toMatchObject([{ command: 2 }]);
  expect(t.counters.snapshot()['test.session.dropped']).toBe(0);
});

it('ends a session that has seen all it wanted, without counting a loss', () => {
  const end = vi.fn();
  const t = new TestSession(make({ data: () => 'done', end }));
  t.client('a').client('b').end();
  expect(end).toHaveBeenCalledTimes(1);
  expect(t.commands).toMatchObject([{ command: 2 }]);
  expect(t.counters.snapshot()['test.session.dropped']).toBe(0);
});

it('keeps time-outs as long as they are when the wall clock is set', () => {
  for (const step of [3600, -3600, 86_400 * 3650]) {
    const t = new TestSession(redis, { transaction_timeout: 10 });
    t.client('PING\r\n').wait(5).setClock(step).wait(3);
    expect([step, t.events()]).toEqual([step, []]);
    t.wait(4);
    expect(t.events()).toMatchObject([{ method: 'PING' }]);
  }
});
