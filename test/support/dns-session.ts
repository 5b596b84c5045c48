/** A DNS session over UDP, and the one query and answer that most tests are about. */
import { dns } from '../../lib/protocols/dns/analyzer.js';
import { hex, message, pointer, question, RESPONSE, record } from './dns-wire.js';
import { TestSession } from './session.js';

export const A = hex('c0a80001');

export const udp = (options = {}, test = {}) =>
  new TestSession(dns, options, { transport: 'udp', serverPort: 53, ...test });

export const query = (owner = 'www.example.co.uk', type = 1, id = 7) =>
  message({ id, questions: [question(owner, type)] });

export const answer = (owner = 'www.example.co.uk', type = 1, id = 7, data = A) =>
  message({
    id,
    flags: RESPONSE,
    questions: [question(owner, type)],
    answers: [record(pointer(12), type, data)],
  });
