import { describe, expect, it } from 'vitest';
import * as wire from '../../../test/support/mongodb-wire.js';
import { TestSession } from '../../../test/support/session.js';
import { mongodb } from './analyzer.js';

const { msg, query, reply, message, i32, i64, zero, bson } = wire;
const both = { send_request: true, send_response: true };
const ok = (to = 1, document = {}) => msg({ ok: 1, ...document }, { id: 100, to });

/** The events of one conversation. */
function events(requests: Buffer[], replies: Buffer[], options = {}) {
  const t = new TestSession(mongodb, options);
  for (const bytes of requests) t.client(bytes);
  for (const bytes of replies) t.server(bytes);
  return t.events();
}

/** The only event of one exchange. */
function event(request: Buffer, answer: Buffer | undefined, options = {}) {
  const all = events([request], answer ? [answer] : [], options);
  expect(all.length).toBe(1);
  return all[0]!;
}

describe('OP_MSG', () => {
  it('has command, collection, database, documents, sizes and times', () => {
    const request = msg({
      insert: 'people',
      documents: [{ a: 1 }],
      ordered: true,
      lsid: { id: 7 },
      $db: 'shop',
    });
    const t = new TestSession(mongodb, both);
    t.client(request);
    t.nanoseconds = 500_000;
    const answer = ok(1, { n: 1 });
    t.server(answer);
    expect(t.events()).toEqual([
      {
        type: 'mongodb',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000.0005,
        'source.bytes': request.length,
        'destination.bytes': answer.length,
        method: 'insert',
        resource: 'shop.people',
        'mongodb.fullCollectionName': 'shop.people',
        query: 'shop.people.insert({"ordered":true})',
        request: 'shop.people.insert({"documents":[{"a":1}],"ordered":true,"lsid":{"id":7},"$db":"shop"})',
        response: '{"ok":1,"n":1}',
      },
    ]);
  });

  it.each([
    ['update', { updates: [{ q: {}, u: { $set: { a: 1 } } }] }, 'd.c.update({})'],
    ['delete', { deletes: [{ q: { a: 1 }, limit: 0 }] }, 'd.c.delete({"deletes":[{"q":{"a":1},"limit":0}]})'],
    ['findAndModify', { query: { a: 1 }, update: { a: 2 } }, 'd.c.findAndModify({"query":{"a":1}})'],
    ['count', { query: {} }, 'd.c.count({"query":{}})'],
    ['someday', { 'k"\\\n\u0001': 'ü' }, 'd.c.someday({"k\\"\\\\\\n\\u0001":"ü"})'],
  ])('%s', (name, rest, text) => {
    const it = event(msg({ [name]: 'c', ...rest, $db: 'd' }), ok());
    expect(it).toMatchObject({ method: name, resource: 'd.c', query: text, status: 'OK' });
  });

  it.each([
    [{ ping: 1, $db: 'admin' }, 'admin.$cmd', 'admin.$cmd.ping({})'],
    [{ aggregate: 1, pipeline: [], $db: 'admin' }, 'admin.$cmd', 'admin.$cmd.aggregate({"pipeline":[]})'],
    [{ getLog: 'global', $db: 'admin' }, 'admin.$cmd', 'admin.$cmd.getLog({"getLog":"global"})'],
    [{ renameCollection: 'a.b', to: 'a.c', $db: 'admin' }, 'a.b', 'a.b.renameCollection({"to":"a.c"})'],
    [
      { explain: { find: 'c' }, verbosity: 'x', $db: 'd' },
      'd.$cmd',
      'd.$cmd.explain({"explain":{"find":"c"},"verbosity":"x"})',
    ],
  ])('names what %j is about', (document, resource, text) => {
    expect(event(msg(document), ok())).toMatchObject({ resource, query: text });
  });

  it('tells what a find asks for and what it gets', () => {
    const request = msg({ find: 'c', filter: { a: { $gt: 1 } }, skip: 5, limit: 3, batchSize: 2, $db: 'd' });
    const cursor = { firstBatch: [{ a: 2 }, { a: 3 }], id: 77n, ns: 'd.c' };
    expect(event(request, ok(1, { cursor }), both)).toMatchObject({
      query: 'd.c.find({"filter":{"a":{"$gt":1}},"skip":5,"limit":3,"batchSize":2})',
      'mongodb.numberToSkip': 5,
      'mongodb.numberToReturn': 3,
      'mongodb.numberReturned': 2,
      'mongodb.cursorId': 77,
      response: '{"a":2}\n{"a":3}',
    });
  });

  it('knows the cursor of getMore, whole', () => {
    const id = 0x7edcba9876543210n;
    const request = msg({ getMore: id, collection: 'c', batchSize: 9, $db: 'd' });
    const last = ok(1, { cursor: { nextBatch: [], id: 0n } });
    expect(event(request, last)).toMatchObject({
      resource: 'd.c',
      query: 'd.c.getMore({"batchSize":9})',
      'mongodb.cursorId': 0,
      'mongodb.numberReturned': 0,
      'mongodb.numberToReturn': 9,
    });
    expect(event(request, msg({ ok: 0, code: 43, errmsg: 'gone' }, { to: 1 }))).toMatchObject({
      'mongodb.cursorId': id,
      status: 'Error',
    });
  });

  it('reads document sequences like arrays of the body, before or behind it', () => {
    const sequences = { documents: [{ a: 1 }, { b: 2 }] };
    for (const bodyLast of [false, true]) {
      const request = msg({ insert: 'c', $db: 'd' }, { sequences, bodyLast, checksum: true });
      const it = event(request, ok(), { send_request: true });
      expect(it.query).toBe('d.c.insert({})');
      expect(it.request).toContain('"documents":[{"a":1},{"b":2}]');
      expect(event(request, ok())).not.toHaveProperty('request');
    }
    const deletes = msg({ delete: 'c', $db: 'd' }, { sequences: { deletes: [{ q: { a: 1 } }] } });
    expect(event(deletes, ok()).query).toBe('d.c.delete({"deletes":[{"q":{"a":1}}]})');
  });

  it('counts and shows documents of a batch in a sequence', () => {
    const sequences = { 'cursor.nextBatch': [{ a: 1 }, { a: 2 }, { a: 3 }] };
    const answer = msg({ cursor: { id: 5n, ns: 'd.c' }, ok: 1 }, { to: 1, sequences });
    const it = event(msg({ getMore: 5n, collection: 'c', $db: 'd' }), answer, { ...both, max_docs: 2 });
    expect(it).toMatchObject({ 'mongodb.numberReturned': 3, response: '{"a":1}\n{"a":2}\n[...]' });
  });

  it('publishes an unacknowledged write at once', () => {
    const it = event(msg({ insert: 'c', $db: 'd', writeConcern: { w: 0 } }, { flags: 2 }), undefined);
    expect(it).toMatchObject({ status: 'OK', method: 'insert' });
    expect(it).not.toHaveProperty('destination.bytes');
    expect(it).not.toHaveProperty('error.message');
  });

  it('counts answers to writes that wanted none', () => {
    const t = new TestSession(mongodb);
    t.client(msg({ insert: 'c', $db: 'd' }, { id: 7, flags: 2 }))
      .server(ok(7))
      .end();
    expect(t.events().length).toBe(1);
    expect(t.counters.snapshot()).toMatchObject({
      'mongodb.response.unasked': 1,
      'mongodb.unmatched_responses': 0,
    });
  });

  it('counts the further answers of a stream', () => {
    const t = new TestSession(mongodb);
    t.client(msg({ hello: 1, maxAwaitTimeMS: 10_000, $db: 'admin' }, { id: 1, flags: 1 << 16 }));
    t.server(msg({ ok: 1 }, { id: 10, to: 1, flags: 2 }));
    t.server(msg({ ok: 1 }, { id: 11, to: 10, flags: 2 }));
    t.server(msg({ ok: 1 }, { id: 12, to: 11 }));
    t.client(msg({ ping: 1, $db: 'admin' }, { id: 2 })).server(ok(2));
    expect(t.events().map((e) => [e.method, e.status])).toEqual([
      ['hello', 'OK'],
      ['ping', 'OK'],
    ]);
    expect(t.counters.snapshot()).toMatchObject({
      'mongodb.response.streamed': 2,
      'mongodb.unmatched_responses': 0,
    });
  });

  it('waits as long as the client allows the server to', () => {
    const t = new TestSession(mongodb);
    t.client(msg({ hello: 1, maxAwaitTimeMS: 10_000, $db: 'admin' }));
    t.wait(11);
    expect(t.events()).toEqual([]);
    t.server(ok());
    expect(t.events()).toMatchObject([{ status: 'OK' }]);
    t.client(msg({ hello: 1, maxAwaitTimeMS: 10_000, $db: 'admin' }))
      .wait(11)
      .wait(11);
    expect(t.events()[1]).toMatchObject({ status: 'Error', 'error.message': 'Unmatched request' });
  });
});

describe('the end of the capture', () => {
  it('leaves open what it cuts off', () => {
    const t = new TestSession(mongodb);
    t.client(msg({ ping: 1, $db: 'd' })).end('shutdown');
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({ 'mongodb.unmatched_requests': 1 });
    expect(t.rows.open).toBe(0);
  });
});

describe('errors', () => {
  const find = msg({ find: 'c', $db: 'd' });
  it.each([
    [
      { ok: 0, errmsg: 'no such', code: 26, codeName: 'NamespaceNotFound' },
      { 'mongodb.error': 'no such', 'error.code': '26', 'error.type': 'NamespaceNotFound' },
    ],
    [{ ok: false, errmsg: 'x' }, { 'mongodb.error': 'x' }],
    [{ ok: 0 }, {}],
    [
      { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'dup' }] },
      { 'mongodb.error': '[{"index":0,"code":11000,"errmsg":"dup"}]' },
    ],
    [
      { ok: 1, writeConcernError: { code: 64, errmsg: 'late' } },
      { 'mongodb.error': '{"code":64,"errmsg":"late"}' },
    ],
    [{ n: 0, err: 'E11000', ok: 1 }, { 'mongodb.error': 'E11000' }],
  ])('knows %j', (document, wanted) => {
    const it = event(find, msg(document, { to: 1 }), { ...both, send_error_code: true });
    expect(it).toMatchObject({ status: 'Error', ...wanted });
    expect(JSON.parse(it.response)).toEqual(document);
  });

  it.each([
    [{ ok: 1, writeErrors: [] }],
    [{ ok: 1, err: null }],
    [{ ok: true, cursor: { firstBatch: [{ ok: 0, errmsg: 'data', writeErrors: [1] }], id: 0 } }],
  ])('sees none in %j', (document) => {
    const it = event(find, msg(document, { to: 1 }));
    expect(it.status).toBe('OK');
    expect(it).not.toHaveProperty('mongodb.error');
  });

  it('keeps write errors whole when documents are cut short', () => {
    const it = event(find, msg({ ok: 1, writeErrors: [{ code: 1 }] }, { to: 1 }), {
      ...both,
      max_doc_length: 12,
    });
    expect(it).toMatchObject({ 'mongodb.error': '[{"code":1}]', response: '{"ok":1,"wri ...' });
  });
});

describe('operations before OP_MSG', () => {
  it('reads OP_QUERY on a collection and its OP_REPLY', () => {
    const request = query('d.c', { a: 1 }, { skip: 2, limit: 3, fields: { a: 1 } });
    const answer = reply([{ a: 1, ok: 0 }, { a: 1 }], { to: 1, cursor: -5n, from: 4 });
    expect(event(request, answer, both)).toMatchObject({
      status: 'OK',
      method: 'find',
      resource: 'd.c',
      query: 'd.c.find({"a":1}).limit(3)',
      request: 'd.c.find({"a":1}).limit(3)',
      response: '{"a":1,"ok":0}\n{"a":1}',
      'mongodb.fullCollectionName': 'd.c',
      'mongodb.numberToSkip': 2,
      'mongodb.numberToReturn': 3,
      'mongodb.returnFieldsSelector': '{"a":1}',
      'mongodb.cursorId': -5,
      'mongodb.startingFrom': 4,
      'mongodb.numberReturned': 2,
    });
  });

  it.each([
    [{ isMaster: 1 }, 'd.$cmd', 'd.$cmd.isMaster({})'],
    [{ count: 'c', query: { x: null } }, 'd.c', 'd.c.count({"query":{"x":null}})'],
    [
      { $query: { distinct: 'c', key: 'k' }, $readPreference: { mode: 'nearest' } },
      'd.c',
      'd.c.distinct({"key":"k","$readPreference":{"mode":"nearest"}})',
    ],
  ])('reads the command %j in OP_QUERY', (document, resource, text) => {
    const it = event(query('d.$cmd', document, { limit: 1 }), reply([{ ok: 0, errmsg: 'e' }], { to: 1 }));
    expect(it).toMatchObject({ resource, query: text, status: 'Error', 'mongodb.error': 'e' });
    expect(it['mongodb.fullCollectionName']).toBe('d.$cmd');
  });

  it.each([
    [reply([{ $err: 'not master', code: 13435 }], { to: 1, flags: 2 }), 'not master'],
    [reply([], { to: 1, flags: 1 }), 'cursor not found'],
  ])('knows a query that failed', (answer, text) => {
    expect(event(query('d.c', {}), answer)).toMatchObject({ status: 'Error', 'mongodb.error': text });
  });

  it('reads OP_GET_MORE', () => {
    const request = message(2005, Buffer.concat([i32(0), zero('d.c'), i32(50), i64(1n << 60n)]));
    expect(event(request, reply([{ a: 1 }], { to: 1, cursor: 0n, from: 101 }))).toMatchObject({
      method: 'getMore',
      resource: 'd.c',
      query: 'd.c.getMore({})',
      'mongodb.numberToReturn': 50,
      'mongodb.cursorId': 0,
      'mongodb.startingFrom': 101,
    });
  });

  it.each([
    [
      message(2001, Buffer.concat([i32(0), zero('d.c'), i32(0), bson({ a: 1 }), bson({ $set: { b: 2 } })])),
      {
        method: 'update',
        query: 'd.c.update({"a":1})',
        request: 'd.c.update({"a":1},{"$set":{"b":2}})',
        'mongodb.selector': '{"a":1}',
        'mongodb.update': '{"$set":{"b":2}}',
      },
    ],
    [
      message(2002, Buffer.concat([i32(0), zero('d.c'), bson({ a: 1 }), bson({ a: 2 })])),
      { method: 'insert', query: 'd.c.insert({})', request: 'd.c.insert({"documents":[{"a":1},{"a":2}]})' },
    ],
    [
      message(2006, Buffer.concat([i32(0), zero('d.c'), i32(0), bson({ a: 1 })])),
      { method: 'delete', query: 'd.c.delete({"a":1})', 'mongodb.selector': '{"a":1}' },
    ],
    [
      message(2007, Buffer.concat([i32(0), i32(1), i64(99n)])),
      { method: 'killCursors', query: 'killCursors({})', 'mongodb.cursorId': 99 },
    ],
    [message(1000, zero('hello')), { method: 'msg', query: 'msg({})', 'mongodb.message': 'hello' }],
  ])('publishes what needs no answer at once', (request, wanted) => {
    expect(event(request, undefined, both)).toMatchObject({ status: 'OK', ...wanted });
  });
});

describe('OP_COMPRESSED', () => {
  const request = msg({ find: 'c', filter: { name: 'x'.repeat(100) }, $db: 'd' }, { id: 3 });
  const answer = ok(3, { cursor: { firstBatch: [{ a: 1 }], id: 0n } });

  it.each(['noop', 'snappy', 'zlib', 'zstd'] as const)('reads %s', (kind) => {
    const [one, two] = [wire.compressed(request, kind), wire.compressed(answer, kind)];
    expect(event(one, two, both)).toEqual({
      ...event(request, answer, both),
      'source.bytes': one.length,
      'destination.bytes': two.length,
    });
    const old = query('d.c', { a: 1 }, { id: 3 });
    expect(event(wire.compressed(old, kind), wire.compressed(reply([{}], { to: 3 }), kind))).toMatchObject({
      query: 'd.c.find({"a":1})',
      'mongodb.numberReturned': 1,
    });
  });

  it('reports what it cannot unpack', () => {
    const huge = wire.compressed(request, 'zlib', 2 << 20);
    expect(event(huge, answer)).toMatchObject({
      status: 'OK',
      'error.message': 'Compressed request not read',
    });
    const broken = Buffer.from(wire.compressed(answer, 'zlib'));
    broken.fill(0xff, 30);
    expect(event(huge, broken)).toMatchObject({
      'error.message': ['Compressed request not read', 'Malformed response'],
    });
    const unknown = Buffer.from(wire.compressed(request, 'noop'));
    unknown[24] = 9;
    expect(event(unknown, answer)).toMatchObject({ 'error.message': 'Compressed request not read' });
  });
});

describe('options', () => {
  const documents = Array.from({ length: 30 }, (_, i) => ({ n: i, text: 'äöü'.repeat(10) }));
  const answer = ok(1, { cursor: { firstBatch: documents, id: 0n } });
  const request = msg({ find: 'c', $db: 'd' });

  it('shows as many documents as asked, each as long as asked', () => {
    const lines = (options: object) =>
      event(request, answer, { send_response: true, ...options }).response.split('\n');
    expect(lines({}).length).toBe(11);
    expect(lines({})[10]).toBe('[...]');
    expect(lines({ max_docs: 0 }).length).toBe(30);
    expect(lines({ max_docs: 30 })[29]).toBe(JSON.stringify(documents[29]));
    expect(lines({ max_docs: 1, max_doc_length: 18 })).toEqual(['{"n":0,"text":"ä ...', '[...]']);
    expect(lines({ max_docs: 1, max_doc_length: 0 })[0]).toBe(JSON.stringify(documents[0]));
  });

  it('does the same for OP_REPLY', () => {
    const options = { send_response: true, max_docs: 2, max_doc_length: 6 };
    expect(event(query('d.c', {}), reply(documents, { to: 1 }), options)).toMatchObject({
      response: '{"n":0 ...\n{"n":1 ...\n[...]',
      'mongodb.numberReturned': 30,
    });
  });
});
