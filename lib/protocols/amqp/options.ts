/** Options of the amqp analyzer. */
import { duration, flag, integer } from '../../base/options.js';

export const options = {
  max_body_length: integer(
    1000,
    'Bytes of a body that go into `request` or `response`; ` [...]` follows what is cut.',
    { min: 0 },
  ),
  parse_headers: flag(true, 'Read the properties of messages: content type, headers, priority ...'),
  parse_arguments: flag(
    true,
    'Read the tables of further arguments of declarations, bindings and consumers.',
  ),
  hide_connection_information: flag(
    true,
    'Leave out methods about connections and channels, but for closes with a code of 300 or more, and basic.qos.',
  ),
  transaction_timeout: duration(10, 'How long a method waits for its reply.'),
  send_request: flag(false, 'Put method and main arguments, or the body published, into `request`.'),
  send_response: flag(false, 'Put `OK`, or the body delivered, into `response`.'),
};
