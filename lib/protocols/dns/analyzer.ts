/** DNS over UDP and TCP, mDNS and LLMNR: one event a query and its response. */
import { duration, flag } from '../../base/options.js';
import { analyzer } from '../analyzer.js';
import { fields } from './fields.js';
import { probe } from './probe.js';
import { DatagramSession, LLMNR_PORT, MDNS_PORT, Shop, StreamSession } from './session.js';

const DNS_PORT = 53;

const options = {
  include_authorities: flag(false, 'Publish the records of the authority section.'),
  include_additionals: flag(false, 'Publish the records of the additional section.'),
  send_request: flag(false, 'Put the query into `request`, as text.'),
  send_response: flag(false, 'Put the response into `response`, as text.'),
  transaction_timeout: duration(10, 'How long a query waits for its response.'),
};

export const dns = analyzer({
  name: 'dns',
  about: 'a question and its answer',
  transports: ['udp', 'tcp'],
  ports: [DNS_PORT, MDNS_PORT, LLMNR_PORT],
  options,
  fields,
  probe,

  create(settings, emit) {
    const shop = new Shop(settings, emit);
    return (flow) =>
      flow.transport === 'tcp' ? new StreamSession(shop, flow) : new DatagramSession(shop, flow);
  },
});
