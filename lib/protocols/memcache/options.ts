/** Options of the memcache analyzer. */
import { duration, flag, integer } from '../../base/options.js';

export const options = {
  parseunknown: flag(false, 'Make events of text commands that are not known; else they are only counted.'),
  maxvalues: integer(0, 'Values of a message that go into its event; -1: all.', { min: -1 }),
  maxbytespervalue: integer(0, 'Bytes of each value that go into the event; 0: as many as a field holds.', {
    min: 0,
  }),
  udptransactiontimeout: duration(
    10,
    'How long a command sent over UDP waits for its response, in whole seconds.',
  ),
  transaction_timeout: duration(10, 'How long a command sent over TCP waits for its response.'),
  send_request: flag(false, 'Accepted and without effect: the fields hold the whole command.'),
  send_response: flag(false, 'Accepted and without effect: the fields hold the whole response.'),
};
