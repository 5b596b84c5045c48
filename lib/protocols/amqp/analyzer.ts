/** AMQP 0-9-1 (RabbitMQ): one event a method with its reply, one a message. */
import { analyzer } from '../analyzer.js';
import { fields } from './fields.js';
import { PROTOCOL_BYTES } from './frames.js';
import { options } from './options.js';
import { AmqpSession } from './session.js';
import { Shop } from './shop.js';

/** What a client of 0-9-1 sends first. */
const PROTOCOL = Buffer.from('AMQP\0\0\x09\x01', 'latin1');
const METHOD = 1;

export const amqp = analyzer({
  name: 'amqp',
  about: 'a method and its reply, or a message',
  transports: ['tcp'],
  ports: [5672],
  options,
  fields,

  probe({ buf, pos, end }) {
    // The server's first frame is a method on channel 0: no proof, but no contradiction.
    if (buf[pos] === METHOD) return 'more';
    const size = Math.min(PROTOCOL_BYTES, end - pos);
    if (PROTOCOL.compare(buf, pos, pos + size, 0, size) !== 0) return 'no';
    return size === PROTOCOL_BYTES ? 'yes' : 'more';
  },

  create(settings, emit) {
    const shop = new Shop(settings, emit);
    return (flow) => new AmqpSession(shop, flow);
  },
});
