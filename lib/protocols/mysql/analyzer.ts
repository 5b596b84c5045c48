/**
 * MySQL and MariaDB: one event a statement, with what the server answered, all results of it together. Logins and the
 * other commands give events with `send_all_commands`, and always when they fail. The compressed protocol is read, TLS
 * handed on.
 */
import type { Cursor } from '../../base/cursor.js';
import { analyzer } from '../analyzer.js';
import type { Shop } from './exchange.js';
import { fields } from './fields.js';
import { probe } from './login.js';
import { options } from './options.js';
import { MySqlSession } from './session.js';

export const mysql = analyzer({
  name: 'mysql',
  about: 'a statement and all that answered it; other commands when they fail',
  transports: ['tcp'],
  ports: [3306, 3307],
  options,
  fields,

  probe(bytes: Cursor) {
    return probe(bytes);
  },

  create(options, emit) {
    const shop: Shop = {
      options,
      emit,
      pool: [],
      responses: [],
      unmatchedRequests: emit.counter('unmatched_requests'),
      unmatchedResponses: emit.counter('unmatched_responses'),
      unreported: emit.counter('commands.unreported'),
      ignored: emit.counter('packets.ignored'),
      malformed: emit.counter('packets.malformed'),
      framesUnread: emit.counter('frames.unread'),
      paramsCut: emit.counter('params.cut'),
      forgotten: emit.counter('statements.forgotten'),
      tls: emit.counter('session.tls'),
    };
    return (flow) => new MySqlSession(shop, flow);
  },
});
