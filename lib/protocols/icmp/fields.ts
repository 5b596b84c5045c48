import { declare } from '../../events/fields.js';

export const fields = declare({
  'icmp.request.code': { type: 'long', about: 'Code of the request, or of a message that has no answer.' },
  'icmp.request.message': {
    type: 'keyword',
    about: 'Type and code by name: EchoRequest, DestinationUnreachable(Port).',
  },
  'icmp.request.type': { type: 'long', about: 'Type of the request, or of a message that has no answer.' },
  'icmp.response.code': { type: 'long', about: 'Code of the response.' },
  'icmp.response.message': { type: 'keyword', about: 'Type and code of the response by name.' },
  'icmp.response.type': { type: 'long', about: 'Type of the response.' },
  'icmp.version': { type: 'long', about: '4 for ICMP, 6 for ICMPv6.' },
});
