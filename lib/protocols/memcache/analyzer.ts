/** memcache: one event a command and its response, in the text form (meta commands too) and the binary one, TCP and UDP. */
import { analyzer } from '../analyzer.js';
import { DatagramSession } from './datagrams.js';
import { fields } from './fields.js';
import { options } from './options.js';
import { probe } from './probe.js';
import { StreamSession } from './session.js';
import { Shop } from './shop.js';

export const memcache = analyzer({
  name: 'memcache',
  about: 'a command and its response (text, meta, binary)',
  transports: ['tcp', 'udp'],
  ports: [11211],
  options,
  fields,
  probe,

  create(settings, emit) {
    const shop = new Shop(settings, emit);
    return (flow) =>
      flow.transport === 'tcp' ? new StreamSession(shop, flow) : new DatagramSession(shop, flow);
  },
});
