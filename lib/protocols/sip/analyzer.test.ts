import { describe, expect, it } from 'vitest';
import { TestSession } from '../../../test/support/session.js';
import { dialog, message, request, response, SDP } from '../../../test/support/sip-wire.js';
import { sip } from './analyzer.js';

const UDP = { transport: 'udp' } as const;

function events(messages: string | string[], options = {}) {
  const t = new TestSession(sip, options, UDP);
  for (const one of [messages].flat()) t.client(one);
  return t.events();
}

const event = (text: string, options = {}) => events(text, options)[0]!;
const withLines = (...lines: string[]) => event(request('INVITE', lines));

describe('one message', () => {
  it.each([
    ['pc.test', ['b.test', 'a.test', 'pc.test']],
    ['10.0.0.1', ['b.test', 'a.test']],
    ['[2001:db8::1]', ['b.test', 'a.test']],
  ])('takes the name of a Contact as a host, no address: %s', (host, hosts) => {
    expect(withLines(`Contact: <sip:alice@${host}:5062>`)['related.hosts']).toEqual(hosts);
  });

  it('has the fields of a request', () => {
    const text = request('INVITE', ['Contact: <sip:alice@10.0.0.1:5062>', 'User-Agent: phone 1']);
    expect(events(text)).toEqual([
      {
        type: 'sip',
        status: 'OK',
        start: 1_000_000,
        end: 1_000_000,
        'event.action': 'sip-invite',
        'event.original': text,
        'event.sequence': 1,
        'network.application': 'sip',
        'network.iana_number': '17',
        'related.hosts': ['b.test', 'a.test'],
        'related.user': ['bob', 'alice'],
        'sip.call_id': 'call1@pc.test',
        'sip.contact.uri.host': '10.0.0.1',
        'sip.contact.uri.original': 'sip:alice@10.0.0.1:5062',
        'sip.contact.uri.port': 5062,
        'sip.contact.uri.scheme': 'sip',
        'sip.contact.uri.username': 'alice',
        'sip.cseq.code': 1,
        'sip.cseq.method': 'INVITE',
        'sip.from.display_info': 'Alice',
        'sip.from.tag': 'fa',
        'sip.from.uri.host': 'a.test',
        'sip.from.uri.original': 'sip:alice@a.test',
        'sip.from.uri.scheme': 'sip',
        'sip.from.uri.username': 'alice',
        'sip.max_forwards': 70,
        'sip.method': 'INVITE',
        'sip.to.tag': 'tb',
        'sip.to.uri.host': 'b.test',
        'sip.to.uri.original': 'sip:bob@b.test',
        'sip.to.uri.scheme': 'sip',
        'sip.to.uri.username': 'bob',
        'sip.type': 'request',
        'sip.uri.host': 'b.test',
        'sip.uri.original': 'sip:bob@b.test',
        'sip.uri.scheme': 'sip',
        'sip.uri.username': 'bob',
        'sip.user_agent.original': 'phone 1',
        'sip.version': '2.0',
        'sip.via.original': ['SIP/2.0/UDP pc.test:5060;branch=z9hG4bK1'],
      },
    ]);
  });

  it('has those of a response, sent the other way', () => {
    const t = new TestSession(sip, {}, UDP);
    t.client(request('BYE')).server(response(481, 'Call/Transaction Does Not Exist', 'BYE'));
    expect(t.events()[1]).toMatchObject({
      swapped: true,
      status: 'Error',
      'event.action': 'sip-bye',
      'event.outcome': 'failure',
      'event.reason': 'Call/Transaction Does Not Exist',
      'sip.code': 481,
      'sip.status': 'Call/Transaction Does Not Exist',
      'sip.type': 'response',
    });
    expect(t.events()[1]).not.toHaveProperty('sip.method');
  });

  it.each([
    [100, 'OK', undefined],
    [183, 'OK', undefined],
    [200, 'OK', 'success'],
    [302, 'OK', 'failure'],
    [407, 'Error', 'failure'],
    [503, 'Error', 'failure'],
    [699, 'Error', 'failure'],
  ])('knows what %i means', (code, status, outcome) => {
    const got = event(response(code, 'x'));
    expect([got.status, got['event.outcome'], got['sip.code']]).toEqual([status, outcome, code]);
  });

  it.each(
    'INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'.split(
      ' ',
    ),
  )('knows %s', (method) => {
    expect(event(request(method))).toMatchObject({
      'sip.method': method,
      'sip.cseq.method': method,
      'event.action': `sip-${method.toLowerCase()}`,
    });
  });

  it('takes a method it has not heard of, a phrase that is absent, another version', () => {
    expect(event(request('x-Test.2'))).toMatchObject({
      'sip.method': 'X-TEST.2',
      'event.action': 'sip-x-test.2',
    });
    expect(event(message('SIP/2.0 200', dialog('INVITE')))).toMatchObject({
      'sip.code': 200,
      'event.outcome': 'success',
    });
    expect(event(message('SIP/2.0 200 ', dialog('INVITE')))).not.toHaveProperty('sip.status');
    expect(event(message('SIP/3.1 200 OK', dialog('INVITE')))['sip.version']).toBe('3.1');
  });
});

describe('headers', () => {
  it('may be compact, in any case, with blanks before the colon, after bare line feeds', () => {
    const lines = [
      'v: SIP/2.0/UDP x',
      'F : "A" <sip:a@x>;tag=1',
      't:<sip:b@y>',
      'I: id',
      'cSEQ: 7   bye',
      'm: sip:c@z',
      'k: Timer',
    ];
    const text = message('BYE sip:b@y SIP/2.0', [...lines, `c: Application/SDP`, `l: ${SDP.length}`], SDP);
    for (const got of events([
      text,
      text.replaceAll('\r\n', '\n').replace(SDP.replaceAll('\r\n', '\n'), SDP),
    ])) {
      expect(got).toMatchObject({
        'sip.call_id': 'id',
        'sip.from.tag': '1',
        'sip.to.uri.host': 'y',
        'sip.cseq.code': 7,
        'sip.cseq.method': 'BYE',
        'sip.contact.uri.username': 'c',
        'sip.supported': ['timer'],
        'sip.content_type': 'application/sdp',
        'sip.content_length': SDP.length,
        'sip.sdp.owner.username': 'alice',
      });
    }
  });

  it('may be folded: values are joined, the original stays', () => {
    const text = request(
      'INVITE',
      ['User-Agent: one', '\ttwo', 'Contact:', '  <sip:c@x>', '  ;expires=60', 'Subject: end'],
      SDP,
    );
    const got = event(text);
    expect(got).toMatchObject({
      'sip.user_agent.original': 'one two',
      'sip.contact.uri.original': 'sip:c@x',
      'sip.contact.expires': 60,
      'event.original': text,
      'sip.content_length': SDP.length,
    });
  });

  it('may stand in several lines', () => {
    const got = withLines(
      'Allow: INVITE,ACK',
      'Allow: Bye , X',
      'Supported: timer',
      'Supported: 100rel',
      'Via: v2',
      'Via: v2',
      'Via: v3',
    );
    expect(got).toMatchObject({
      'sip.allow': ['invite', 'ack', 'bye', 'x'],
      'sip.supported': ['timer', '100rel'],
      'sip.via.original': ['SIP/2.0/UDP pc.test:5060;branch=z9hG4bK1', 'v2', 'v3'],
    });
  });

  it('has the first Accept in lower case', () => {
    expect(withLines('Accept: Application/SDP, text/plain', 'Accept: x')['sip.accept']).toBe(
      'application/sdp, text/plain',
    );
  });

  it('leaves out numbers that are none, or zero', () => {
    const got = event(
      message('ACK sip:x SIP/2.0', ['CSeq: x ACK', 'Max-Forwards: 0', 'Content-Length: abc']),
    );
    for (const name of ['sip.cseq.code', 'event.sequence', 'sip.max_forwards', 'sip.content_length'])
      expect(got).not.toHaveProperty(name);
    expect(event(message('ACK sip:x SIP/2.0', ['Max-Forwards: abc']))['sip.method']).toBe('ACK');
  });

  it('has the first contact and its parameters', () => {
    const got = withLines(
      'Contact: "X, Y" <sip:x@y:1;line=abc;transport=TCP>;expires=60;q=0.5, <sip:z@w>;q=1',
      'Contact: <sip:second@s>',
    );
    expect(got).toMatchObject({
      'sip.contact.display_info': 'X, Y',
      'sip.contact.uri.original': 'sip:x@y:1;line=abc;transport=TCP',
      'sip.contact.line': 'abc',
      'sip.contact.transport': 'tcp',
      'sip.contact.expires': 60,
      'sip.contact.q': 0.5,
    });
    expect(withLines('Contact: sip:x@y;transport=udp;q=0.25')).toMatchObject({
      'sip.contact.uri.original': 'sip:x@y',
      'sip.contact.transport': 'udp',
      'sip.contact.q': 0.25,
    });
    expect(withLines('Contact: *')['sip.contact.uri.original']).toBe('*');
    expect(withLines('Contact: <sip:x@y>, <sip:z@w>;expires=5')).not.toHaveProperty('sip.contact.expires');
  });

  it('has the first associated URI', () => {
    expect(withLines('P-Associated-URI: "P" <sip:p@q:99>, <sip:r@s>')).toMatchObject({
      'sip.private.uri.original': 'sip:p@q:99',
      'sip.private.uri.port': 99,
      'sip.private.uri.username': 'p',
      'related.user': ['bob', 'p', 'alice'],
    });
  });

  it('names nobody for a dash', () => {
    const got = event(message('INVITE sip:-@x SIP/2.0', ['From: <sip:-@y>']));
    expect(got).not.toHaveProperty('related.user');
    expect(got).not.toHaveProperty('sip.uri.username');
  });
});

describe('credentials', () => {
  const digest =
    'Digest username="bob", realm="a, b", nonce="n", uri="sip:reg@h:5", response="0123456789abcdef", algorithm=MD5';

  it('are reported but for the proof', () => {
    const got = event(request('REGISTER', [`Authorization: ${digest}`]));
    expect(got).toMatchObject({
      'event.category': ['network', 'authentication'],
      'sip.auth.scheme': 'Digest',
      'sip.auth.realm': 'a, b',
      'sip.auth.uri.original': 'sip:reg@h:5',
      'sip.auth.uri.scheme': 'sip',
      'sip.auth.uri.host': 'h',
      'sip.auth.uri.port': 5,
      'user.name': 'bob',
      'related.user': ['bob', 'alice'],
    });
    expect(got['event.original']).toContain(`response="${'*'.repeat(16)}", algorithm=MD5`);
    expect(JSON.stringify(got)).not.toContain('0123456789abcdef');
  });

  it('may be those for a proxy', () => {
    expect(withLines(`Proxy-Authorization: ${digest}`)).toMatchObject({
      'user.name': 'bob',
      'sip.auth.realm': 'a, b',
    });
  });

  it('are not read without parse_authorization', () => {
    const got = event(request('REGISTER', [`Authorization: ${digest}`]), { parse_authorization: false });
    expect(got['event.category']).toEqual(['network', 'authentication']);
    for (const name of ['user.name', 'sip.auth.scheme']) expect(got).not.toHaveProperty(name);
    expect(JSON.stringify(got)).not.toContain('0123456789abcdef');
  });

  it('are as sent when redaction is switched off', () => {
    const text = request('REGISTER', [`Authorization: ${digest}`]);
    expect(event(text, { redact_authorization: false })['event.original']).toBe(text);
  });
});

describe('session descriptions', () => {
  const type = 'Content-Type: application/sdp';

  it('have owner, connection and media', () => {
    const more = 'm=video 7000/2 RTP/AVP 99\r\nc=IN IP4 10.0.2.99\r\nm=image 0 udptl t38\r\n';
    const got = event(request('INVITE', [type], SDP + more));
    expect(got).toMatchObject({
      'sip.sdp.version': '0',
      'sip.sdp.owner.username': 'alice',
      'sip.sdp.owner.session_id': '42',
      'sip.sdp.owner.version': '43',
      'sip.sdp.owner.ip': '10.0.2.20',
      'sip.sdp.session.name': 'Call',
      'sip.sdp.connection.info': 'IN IP4 10.0.2.21',
      'sip.sdp.connection.address': '10.0.2.21',
      'sip.sdp.media.description': [
        'audio 6000 RTP/AVP 8 101',
        'video 7000/2 RTP/AVP 99',
        'image 0 udptl t38',
      ],
      'sip.sdp.media.port': [6000, 7000, 0],
      'sip.sdp.media.format': ['8', '101', '99', 't38'],
      'sip.sdp.body.original': SDP + more,
      'related.ip': '10.0.2.20',
      'related.hosts': ['b.test', 'a.test', '10.0.2.21'],
    });
  });

  it.each([
    [
      'o=- 1 2 IN IP6 2001:db8::1',
      { 'sip.sdp.owner.ip': '2001:db8::1', 'related.ip': '2001:db8::1' },
      'sip.sdp.owner.username',
    ],
    ['o=- 1 2 IN IP4 pc.test', { 'sip.sdp.owner.ip': 'pc.test' }, 'related.ip'],
    [
      'o="joe b" 1 2 IN IP4 1.2.3.4',
      { 'sip.sdp.owner.username': 'joe b', 'sip.sdp.owner.session_id': '1' },
      'x',
    ],
    ['o=joe 1', {}, 'sip.sdp.owner.username'],
    ['o=', {}, 'sip.sdp.owner.session_id'],
    ['s=-', {}, 'sip.sdp.session.name'],
    ['m=audio', { 'sip.sdp.media.description': ['audio'], 'sip.sdp.media.format': [] }, 'x'],
    ['m=audio x RTP/AVP 8', { 'sip.sdp.media.format': ['8'] }, 'sip.sdp.media.0'],
  ])('reads the line %j', (line, has, hasNot) => {
    const got = event(request('INVITE', [type], `v=0\r\n${line}\r\n`));
    expect(got).toMatchObject({ 'sip.sdp.version': '0', ...has });
    expect(got).not.toHaveProperty([hasNot]);
  });

  it('are known by their type alone', () => {
    const has = (line: string, options = {}) =>
      'sip.sdp.version' in event(request('INVITE', [line], SDP), options);
    expect(has('Content-Type: Application/SDP ; charset=utf-8')).toBe(true);
    expect(has('Content-Type: text/plain')).toBe(false);
    expect(has('Content-Type: application/sdpx')).toBe(false);
    expect(has(`${type}\r\nContent-Encoding: gzip`)).toBe(false);
    expect(has(type, { parse_body: false })).toBe(false);
  });

  it('go on to the end of a datagram without a length', () => {
    const text = request('INVITE', [type], SDP).replace(/Content-Length.*\r\n/, '');
    expect(event(text)).toMatchObject({ 'sip.sdp.version': '0', 'event.original': text });
  });
});

describe('datagrams', () => {
  it('may hold several messages, and what is no message', () => {
    const t = new TestSession(sip, {}, UDP);
    t.client(`\r\n${request('INVITE', [], '', 1)}\r\n${request('BYE', [], 'x', 2)}rest of it`);
    expect(t.events().map((e) => e['sip.method'])).toEqual(['INVITE', 'BYE']);
    expect(t.events()[0]!['event.original']).toBe(request('INVITE', [], '', 1));
    expect(t.counters.snapshot()['sip.datagram.trailing']).toBe(1);
  });

  it('say when the body is cut', () => {
    const t = new TestSession(sip, {}, UDP);
    t.client(request('INVITE', ['Content-Type: application/sdp', 'Content-Length: 500'], SDP));
    expect(t.events()).toMatchObject([
      { status: 'Error', 'error.message': 'Body is shorter than Content-Length', 'sip.sdp.version': '0' },
    ]);
    expect(t.counters.snapshot()['sip.message.cut']).toBe(1);
  });

  it('count what is no SIP, and what only keeps a path open', () => {
    const t = new TestSession(sip, {}, UDP);
    for (const other of [
      '\r\n\r\n',
      '\0\0\0\0',
      'HTTP/1.1 200 OK\r\n\r\n',
      'INVITE sip:x SIP/2.0\r\nVia: x\r\n',
    ])
      t.client(other);
    expect(t.events()).toEqual([]);
    expect(t.counters.snapshot()).toMatchObject({
      'sip.connection.keepalives': 1,
      'sip.message.malformed': 3,
    });
  });

  it('give one message or none when cut anywhere', () => {
    const text = message(
      'INVITE sip:b SIP/2.0',
      ['c: application/sdp', 'm: "x" <sip:a@b>;q=0.1'],
      'v=0\r\no=a\r\n',
    );
    const head = text.indexOf('\r\n\r\n') + 4;
    for (let size = 1; size <= text.length; size++) {
      const t = new TestSession(sip, {}, UDP);
      t.client(text.slice(0, size));
      expect(t.events().length).toBe(size < head ? 0 : 1);
      expect(t.rows.open).toBe(0);
    }
  });
});

describe('options', () => {
  it('leave the original out', () => {
    const got = event(request('INVITE', ['Content-Type: application/sdp'], SDP), { keep_original: false });
    expect(got).not.toHaveProperty('event.original');
    expect(got['sip.sdp.body.original']).toBe(SDP);
  });
});
