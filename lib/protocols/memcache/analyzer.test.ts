import { describe, expect, it } from 'vitest';
import { request, response } from '../../../test/support/memcache-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { memcache } from './analyzer.js';

type Piece = string | Uint8Array;

/** One exchange: the event's fields without their prefix. */
function exchange(request: Piece, response: Piece, options = {}) {
  const t = new TestSession(memcache, options);
  t.client(request).server(response);
  return t.events().map(brief);
}

/** Without `memcache.` and without what every event has. */
function brief(event: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'type' || name === 'start' || name === 'end') continue;
    kept[name.replace('memcache.', '')] = value;
  }
  return kept;
}

describe('text', () => {
  it('has the command, its arguments, the response, sizes and times', () => {
    const t = new TestSession(memcache);
    t.client('set k 1 -1 3\r\nabc\r\n');
    t.nanoseconds = 5000;
    t.server('STORED\r\n');
    expect(t.events()).toEqual([
      {
        type: 'memcache',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.000005,
        'source.bytes': 19,
        'destination.bytes': 8,
        'event.action': 'memcache.store',
        'event.outcome': 'success',
        'memcache.protocol_type': 'text',
        'memcache.request.command': 'set',
        'memcache.request.type': 'Store',
        'memcache.request.keys': ['k'],
        'memcache.request.flags': 1,
        'memcache.request.exptime': -1,
        'memcache.request.count_values': 1,
        'memcache.request.bytes': 3,
        'memcache.request.noreply': false,
        'memcache.response.command': 'STORED',
        'memcache.response.type': 'Success',
      },
    ]);
  });

  it('adds up the values of several keys', () => {
    const [event] = exchange(
      'gets a  b c\r\n',
      'VALUE a 7 2 11\r\nhi\r\nVALUE c 0 5 12\r\nE\r\nND\r\nEND\r\n',
    );
    expect(event).toMatchObject({
      'request.keys': ['a', 'b', 'c'],
      'response.keys': ['a', 'c'],
      'response.flags': 7,
      'response.cas_unique': 11,
      'response.count_values': 2,
      'response.bytes': 7,
    });
    expect(event).not.toHaveProperty('response.values');
  });

  it.each([
    ['gat 10 a b\r\n', { 'request.exptime': 10, 'request.keys': ['a', 'b'] }],
    ['cas k 1 2 2 18446744073709551615\r\nhi\r\n', { 'request.cas_unique': 18446744073709551615n }],
    ['incr n 5\r\n', { 'request.delta': 5, 'request.keys': ['n'], 'request.noreply': false }],
    ['touch k 60\r\n', { 'request.exptime': 60, 'request.type': 'Store' }],
    ['flush_all\r\n', { 'request.exptime': 0, 'request.type': 'Delete' }],
    ['flush_all 30\r\n', { 'request.exptime': 30 }],
    ['verbosity 2\r\n', { 'request.verbosity': 2 }],
    ['stats\r\n', { 'request.raw_args': '', 'request.type': 'Stats' }],
    ['stats detail dump\r\n', { 'request.raw_args': 'detail dump' }],
    ['slabs reassign -1 2\r\n', { 'request.source_class': -1, 'request.dest_class': 2 }],
    ['slabs automove 2\r\n', { 'request.automove': 'aggressive', 'request.command': 'slabs automove' }],
    ['slabs automove 9\r\n', { 'request.automove': '9' }],
    ['lru_crawler sleep 100\r\n', { 'request.sleep_us': 100, 'request.type': 'LRUCrawler' }],
    ['lru_crawler tocrawl 7\r\n', { 'request.value': 7 }],
    ['lru_crawler crawl 1,2\r\n', { 'request.raw_args': '1,2', 'request.command': 'lru_crawler crawl' }],
    ['lru mode flat\r\n', { 'request.raw_args': 'mode flat' }],
    ['cache_memlimit 64\r\n', { 'request.raw_args': '64' }],
    ['version\r\n', { 'request.type': 'Info' }],
    [
      'ms k 2 T90 F7 C3 O55\r\nhi\r\n',
      {
        'request.bytes': 2,
        'request.exptime': 90,
        'request.flags': 7,
        'request.cas_unique': 3,
        'request.raw_args': 'T90 F7 C3 O55',
      },
    ],
    ['mg k v\r\n', { 'request.command': 'mg', 'request.keys': ['k'], 'request.raw_args': 'v' }],
    ['ma n D5 N0 J9\r\n', { 'request.delta': 5, 'request.initial': 9, 'request.type': 'Counter' }],
    ['md k\r\n', { 'request.type': 'Delete' }],
    ['mn\r\n', { 'request.command': 'mn' }],
  ])('reads %j', (line, wanted) => {
    expect(exchange(line, 'ERROR\r\n')).toMatchObject([{ ...wanted, status: 'Error' }]);
  });

  it.each([
    ['get k\r\n', 'END\r\n', { status: 'OK', 'response.command': 'END', 'response.type': 'Load' }],
    ['add k 0 0 1\r\na\r\n', 'NOT_STORED\r\n', { status: 'Error', 'event.outcome': 'failure' }],
    ['delete k\r\n', 'NOT_FOUND\r\n', { status: 'Error', 'response.type': 'Fail' }],
    ['delete k\r\n', 'DELETED\r\n', { status: 'OK', 'event.action': 'memcache.delete' }],
    ['touch k 1\r\n', 'TOUCHED\r\n', { status: 'OK', 'response.command': 'TOUCHED' }],
    ['incr n 1\r\n', '18446744073709551615\r\n', { 'response.value': 18446744073709551615n }],
    [
      'incr n 1\r\n',
      'CLIENT_ERROR not a number\r\n',
      { status: 'Client Error', 'response.error_msg': 'not a number' },
    ],
    ['set k 0 0 1\r\na\r\n', 'SERVER_ERROR too large\r\n', { status: 'Server Error' }],
    ['slabs reassign 1 1\r\n', 'SAME must differ\r\n', { status: 'Client Error' }],
    ['lru_crawler crawl all\r\n', 'BUSY now\r\n', { status: 'Server Error', 'response.error_msg': 'now' }],
    ['version\r\n', 'VERSION 1.6.18\r\n', { 'response.version': '1.6.18', 'response.type': 'Info' }],
    [
      'stats\r\n',
      'STAT pid 1\r\nSTAT version 1 2\r\nSTAT empty\r\nEND\r\n',
      {
        'response.command': 'STAT',
        'response.stats': [
          { name: 'pid', value: '1' },
          { name: 'version', value: '1 2' },
          { name: 'empty', value: '' },
        ],
      },
    ],
    ['stats reset\r\n', 'RESET\r\n', { status: 'OK' }],
    ['stats cachedump 1 2\r\n', 'ITEM a [1 b; 0 s]\r\nITEM b [1 b; 0 s]\r\nEND\r\n', { status: 'OK' }],
    ['lru_crawler metadump all\r\n', 'key=a exp=1\r\nkey=b exp=2\r\nEND\r\n', { status: 'OK' }],
    [
      'mg k v c f k\r\n',
      'VA 2 c9 f7 kk\r\nhi\r\n',
      { 'response.bytes': 2, 'response.cas_unique': 9, 'response.flags': 7, 'response.keys': ['k'] },
    ],
    ['mg k v\r\n', 'EN\r\n', { status: 'OK', 'response.type': 'Load' }],
    ['ms k 0 q\r\n\r\n', 'NS\r\n', { status: 'Error', 'request.quiet': true }],
    ['ma n v\r\n', 'VA 2\r\n42\r\n', { 'response.value': 42 }],
    ['md k\r\n', 'NF\r\n', { status: 'Error' }],
    ['me k\r\n', 'ME k exp=-1 la=2\r\n', { status: 'OK' }],
  ])('reads %j answered %j', (line, answer, wanted) => {
    expect(exchange(line, answer)).toMatchObject([{ ...wanted, 'destination.bytes': answer.length }]);
  });

  it('sends at once what asks for no response', () => {
    const t = new TestSession(memcache);
    t.client('set a 0 0 1 noreply\r\nx\r\nincr a 1 noreply\r\ndelete a noreply\r\nquit\r\n');
    expect(
      t.events().map((e) => [e['memcache.request.command'], e.status, e['memcache.request.noreply']]),
    ).toEqual([
      ['set', 'OK', true],
      ['incr', 'OK', true],
      ['delete', 'OK', true],
      ['quit', 'OK', false],
    ]);
  });

  it('counts unknown commands and does not let them disturb the pairing', () => {
    const t = new TestSession(memcache);
    t.client('frobnicate 1\r\nget a\r\n').server('ERROR\r\nEND\r\n');
    expect(t.events().map((e) => e['memcache.request.command'])).toEqual(['get']);
    expect(t.counters.snapshot()['memcache.command.unknown']).toBe(1);
  });

  it('makes events of unknown commands with parseunknown', () => {
    expect(exchange('frobnicate 1\r\n', 'ERROR\r\n', { parseunknown: true })).toMatchObject([
      { 'request.line': 'frobnicate 1', 'request.command': 'UNKNOWN', 'request.type': 'UNKNOWN' },
    ]);
  });

  it('passes over quiet meta commands that the server had nothing to say to', () => {
    const t = new TestSession(memcache);
    t.client('mg a v q O1\r\nmg b v q O2\r\nms c 1 q\r\nx\r\nmn\r\n');
    t.server('VA 1 O2\r\nz\r\nMN\r\n');
    expect(t.events().map((e) => [e['memcache.request.keys']?.[0], e['memcache.response.command']])).toEqual([
      ['a', undefined],
      ['b', 'VA'],
      ['c', undefined],
      [undefined, 'MN'],
    ]);
    expect(t.counters.snapshot()['memcache.unmatched_requests']).toBe(0);
  });

  it('lets a watcher alone', () => {
    const t = new TestSession(memcache);
    t.client('watch fetchers\r\n').server('OK\r\nts=1 gid=2 type=item_get\r\n');
    expect(t.events()).toMatchObject([{ 'memcache.request.command': 'watch', status: 'OK' }]);
  });
});

describe('binary', () => {
  it('has header, extras and key of both', () => {
    const [event] = exchange(
      request(1, { key: 'k', extras: [0, 0, 0, 2, 0, 0, 0, 9], value: 'abc', opaque: 5, cas: 3 }),
      response(1, { opaque: 5, cas: 297 }),
    );
    expect(event).toEqual({
      status: 'OK',
      'source.bytes': 36,
      'destination.bytes': 24,
      'event.action': 'memcache.store',
      'event.outcome': 'success',
      protocol_type: 'binary',
      'request.command': 'set',
      'request.type': 'Store',
      'request.opcode': 'Set',
      'request.opcode_value': 1,
      'request.quiet': false,
      'request.opaque': 5,
      'request.vbucket': 0,
      'request.cas_unique': 3,
      'request.keys': ['k'],
      'request.count_values': 1,
      'request.bytes': 3,
      'request.flags': 2,
      'request.exptime': 9,
      'response.command': 'set',
      'response.type': 'Store',
      'response.opcode': 'Set',
      'response.opcode_value': 1,
      'response.status': 'Success',
      'response.status_code': 0,
      'response.opaque': 5,
      'response.cas_unique': 297,
    });
  });

  it.each([
    [1, 'Error', 'Key not found'],
    [0x20, 'Error', 'Authentication error'],
    [0x82, 'Server Error', 'Out of memory'],
    [0x999, 'Server Error', undefined],
  ])('knows status %i', (code, status, name) => {
    const [event] = exchange(request(0, { key: 'k' }), response(0, { status: code, value: 'no' }));
    expect(event).toMatchObject({ status, 'event.outcome': 'failure', 'response.status_code': code });
    expect(event!['response.status']).toBe(name);
  });

  it('reads counters, versions and statistics', () => {
    const extras = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 255, 255, 255, 255];
    const t = new TestSession(memcache);
    t.client(request(5, { key: 'n', extras })).server(response(5, { value: '\0\0\0\0\0\0\x01\x02' }));
    t.client(request(11)).server(response(11, { value: '1.6.18' }));
    t.client(request(16)).server(response(16, { key: 'pid', value: '1' }));
    t.server(response(16, { key: 'empty' })).server(response(16));
    expect(t.events().map(brief)).toMatchObject([
      { 'request.delta': 2, 'request.initial': 7, 'request.exptime': 4294967295, 'response.value': 258 },
      { 'response.version': '1.6.18' },
      {
        'response.keys': ['pid'],
        'response.stats': [
          { name: 'pid', value: '1' },
          { name: 'empty', value: '' },
        ],
        'destination.bytes': 28 + 29 + 24,
      },
    ]);
  });

  it('joins quiet commands with what comes next', () => {
    const t = new TestSession(memcache);
    for (let i = 1; i <= 3; i++) t.client(request(0x0d, { key: `k${i}`, opaque: i }));
    t.client(request(0x0a, { opaque: 9 }));
    t.server(response(0x0d, { key: 'k2', extras: [0, 0, 0, 0], value: 'v', opaque: 2 }));
    t.server(response(0x0a, { opaque: 9 }));
    expect(
      t.events().map((e) => [e['memcache.request.keys']?.[0], e.status, e['memcache.response.status']]),
    ).toEqual([
      ['k1', 'OK', undefined],
      ['k2', 'OK', 'Success'],
      ['k3', 'OK', undefined],
      [undefined, 'OK', 'Success'],
    ]);
    t.client(request(0x11, { key: 'q', extras: [0, 0, 0, 0, 0, 0, 0, 0], value: 'x' })).wait(11);
    expect(t.events().at(-1)).toMatchObject({ status: 'OK', 'memcache.request.opcode': 'SetQ' });
    expect(t.counters.snapshot()['memcache.unmatched_requests']).toBe(0);
  });

  it('says which command got no response', () => {
    const t = new TestSession(memcache);
    t.client(request(0, { key: 'a', opaque: 1 })).client(request(0, { key: 'b', opaque: 2 }));
    t.server(response(0, { opaque: 2, extras: [0, 0, 0, 0], value: 'v' }));
    expect(t.events().map((e) => [e.status, e['error.message']])).toEqual([
      ['Server Error', 'Unmatched request'],
      ['OK', undefined],
    ]);
  });
});

describe('values and credentials', () => {
  const options = { maxvalues: -1, maxbytespervalue: 4 };

  it('keeps as many values and bytes as wanted', () => {
    const stream = 'VALUE a 0 6\r\nabcdef\r\nVALUE b 0 1\r\nx\r\nVALUE c 0 2\r\nyy\r\nEND\r\n';
    expect(exchange('get a b c\r\n', stream, options)[0]!['response.values']).toEqual([
      'YWJjZA==',
      'eA==',
      'eXk=',
    ]);
    expect(exchange('get a b c\r\n', stream, { maxvalues: 1 })[0]!['response.values']).toEqual(['YWJjZGVm']);
    expect(exchange('set a 0 0 6\r\nabcdef\r\n', 'STORED\r\n', options)[0]!['request.values']).toEqual([
      'YWJjZA==',
    ]);
  });

  it('tells nothing of a SASL login', () => {
    const t = new TestSession(memcache, options);
    t.client(request(0x21, { key: 'PLAIN', value: '\0user\0pw' })).server(
      response(0x21, { value: 'Authenticated' }),
    );
    t.client(request(0x22, { key: 'PLAIN', value: 'pw' })).server(
      response(0x22, { status: 0x21, value: 'salt' }),
    );
    const text = JSON.stringify(t.events());
    expect(t.events()).toMatchObject([{ 'memcache.request.type': 'Auth' }, { status: 'OK' }]);
    for (const secret of ['\0user\0pw', 'pw', 'salt', 'Authenticated']) {
      expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 4));
    }
    expect(t.counters.snapshot()['memcache.value.redacted']).toBe(2);
  });

  it('tells nothing of a text login', () => {
    const t = new TestSession(memcache, options);
    t.client('set x 0 0 12\r\nuser s3cret!\r\n').server('STORED\r\n');
    t.client('set y 0 0 12\r\nuser s3cret!\r\n').server('STORED\r\n');
    expect(t.events().map((e) => e['memcache.request.values'])).toEqual([undefined, ['dXNlcg==']]);
  });
});

describe('pairing', () => {
  it('keeps order under pipelining', () => {
    const t = new TestSession(memcache);
    t.client('get a\r\nset b 0 0 1\r\nx\r\nget c\r\n').server('VALUE a 0 1\r\n1\r\nEND\r\nSTORED\r\nEND\r\n');
    expect(t.events().map((e) => [e['memcache.request.keys'][0], e['memcache.response.command']])).toEqual([
      ['a', 'VALUE'],
      ['b', 'STORED'],
      ['c', 'END'],
    ]);
  });

  it('takes a refusal that comes before the value is whole', () => {
    const t = new TestSession(memcache);
    t.client('set a 0 0 5000\r\nxxx').server('SERVER_ERROR object too large for cache\r\n');
    t.jump(0, 4996).client('x\r\n').client('get b\r\n').server('END\r\n');
    expect(t.events().map((e) => [e['memcache.request.command'], e.status])).toEqual([
      ['set', 'Server Error'],
      ['get', 'OK'],
    ]);
  });

  it('reports what stays unanswered, and responses to nothing', () => {
    const t = new TestSession(memcache);
    t.client('get a\r\n').wait(11).server('END\r\n').client('get b\r\n').end();
    expect(t.events().map((e) => [e.status, e['error.message'], e['memcache.request.keys']?.[0]])).toEqual([
      ['Server Error', 'Unmatched request', 'a'],
      ['Client Error', 'Unmatched response', undefined],
      ['Server Error', 'Unmatched request', 'b'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'memcache.unmatched_requests': 2,
      'memcache.unmatched_responses': 1,
    });
    expect(t.rows.open).toBe(0);
  });

  it('gives up a response of which the end is missing', () => {
    const t = new TestSession(memcache);
    t.client('stats\r\n').server('STAT pid 1\r\n').end();
    expect(t.events()).toMatchObject([{ status: 'Server Error', 'error.message': 'Unfinished transaction' }]);
  });

  it('pushes the oldest out past the limit', () => {
    const t = new TestSession(memcache);
    t.client('get a\r\n'.repeat(8200));
    expect(t.events().length).toBe(8);
  });

  it('finds the client by content', () => {
    const t = new TestSession(memcache, {}, { detect: true, reversed: true });
    t.client('set k 0 0 1\r\nx\r\n').server('STORED\r\n');
    expect(t.events()).toMatchObject([{ 'memcache.request.command': 'set', swapped: true }]);
  });
});
