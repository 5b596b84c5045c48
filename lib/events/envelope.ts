/** Fields that are not one protocol's: the envelope, which the encoder writes from the flow, and what analyzers share. */
import { declare } from './fields.js';

/** Written by the encoder. */
export const envelope = declare({
  '@timestamp': { type: 'date', about: 'Time of the first packet of the request (flows: of the report).' },
  'client.bytes': { type: 'long', about: 'Bytes the client sent.' },
  'client.ip': { type: 'ip', about: 'Address of the client.' },
  'client.port': { type: 'long', about: 'Port of the client.' },
  'destination.bytes': { type: 'long', about: 'Bytes the destination sent.' },
  'destination.ip': { type: 'ip', about: 'Address of the destination.' },
  'destination.mac': { type: 'keyword', about: 'MAC address of the destination, in flow events.' },
  'destination.packets': { type: 'long', about: 'Packets the destination sent, in flow events.' },
  'destination.port': { type: 'long', about: 'Port of the destination.' },
  'ecs.version': { type: 'keyword', about: 'Version of the Elastic Common Schema.' },
  'event.action': { type: 'keyword', about: 'What happened: network_flow, redis.get ...' },
  'event.category': {
    type: 'keyword',
    list: true,
    about: 'network; authentication as well where credentials are sent.',
  },
  'event.dataset': { type: 'keyword', about: 'Protocol, or flow.' },
  'event.duration': { type: 'long', about: 'Nanoseconds from event.start to event.end.' },
  'event.end': { type: 'date', about: 'First packet of the response (flows: last packet).' },
  'event.kind': { type: 'keyword', about: 'Always event.' },
  'event.start': { type: 'date', about: 'First packet of the request (flows: first packet).' },
  'event.type': { type: 'keyword', list: true, about: 'connection, protocol, info, end.' },
  'flow.end_reason': {
    type: 'keyword',
    about: 'Why the flow ended: fin, rst, idle, evicted, shutdown; with flows.tcp_health.',
  },
  'flow.final': { type: 'boolean', about: 'No further report of this flow follows.' },
  'flow.id': { type: 'keyword', about: 'Opaque id of the flow.' },
  'flow.vlan': { type: 'long', list: true, about: 'VLAN id, or outer and inner id.' },
  'network.bytes': { type: 'long', about: 'source.bytes + destination.bytes.' },
  'network.community_id': { type: 'keyword', about: 'Community id, version 1, seed 0.' },
  'network.direction': {
    type: 'keyword',
    about: 'ingress, egress, inbound, outbound, internal, external, unknown.',
  },
  'network.packets': { type: 'long', about: 'source.packets + destination.packets, in flow events.' },
  'network.protocol': { type: 'keyword', about: 'Name of the application protocol.' },
  'network.transport': { type: 'keyword', about: 'tcp, udp, icmp, ipv6-icmp, sctp.' },
  'network.tunnel.id': { type: 'long', about: 'Network id (VNI) of the VXLAN or Geneve the flow lies in.' },
  'network.tunnel.type': {
    type: 'keyword',
    about: 'Tunnel the flow lies in: ip, gre, erspan, vxlan, geneve, gtp, teredo.',
  },
  'network.type': { type: 'keyword', about: 'ipv4, ipv6.' },
  'related.ip': { type: 'ip', list: true, about: 'All addresses of the event.' },
  'server.bytes': { type: 'long', about: 'Bytes the server sent.' },
  'server.ip': { type: 'ip', about: 'Address of the server.' },
  'server.port': { type: 'long', about: 'Port of the server.' },
  'source.bytes': { type: 'long', about: 'Bytes the source sent.' },
  'source.ip': { type: 'ip', about: 'Address of the source.' },
  'source.mac': { type: 'keyword', about: 'MAC address of the source, in flow events.' },
  'source.packets': { type: 'long', about: 'Packets the source sent, in flow events.' },
  'source.port': { type: 'long', about: 'Port of the source.' },
  status: { type: 'keyword', about: 'OK, Error, Client Error, Server Error.' },
  type: { type: 'keyword', about: 'Protocol, or flow.' },
});

const HEALTH = {
  retransmissions: 'Segments sent again',
  out_of_order: 'Segments that filled a hole',
  duplicate_acks: 'Acknowledgments repeated while data was under way',
  zero_windows: 'Packets with a closed window',
  resets: 'Resets sent',
  missing_bytes: 'Bytes acknowledged by the other side that were not captured',
  rtt_min_us: 'Shortest time from a segment to its acknowledgment, microseconds',
  rtt_avg_us: 'Average time from a segment to its acknowledgment, microseconds',
  rtt_max_us: 'Longest time from a segment to its acknowledgment, microseconds',
  ttl_min: 'Lowest TTL or hop limit',
  ttl_max: 'Highest TTL or hop limit',
};

/** How TCP went, in flow events with flows.tcp_health; zeros are left out. */
export const health = declare({
  'flow.tcp.handshake_us': { type: 'long', about: 'From the SYN to the SYN|ACK, microseconds.' },
  ...Object.fromEntries(
    ['source', 'destination'].flatMap((end) =>
      Object.entries(HEALTH).map(([name, about]) => [
        `flow.tcp.${end}.${name}`,
        { type: 'long' as const, about: `${about}, of what the ${end} sent.` },
      ]),
    ),
  ),
});

const analyzed = declare({
  'client.domain': { type: 'keyword', about: 'Name of the client.' },
  'destination.domain': {
    type: 'keyword',
    about: 'Name of the destination; server.domain is written with it.',
  },
  'error.message': { type: 'keyword', list: true, about: 'Remarks of the parser: a string, or a list.' },
  'event.outcome': { type: 'keyword', about: 'success, failure.' },
  method: { type: 'keyword', about: 'The command or verb.' },
  params: { type: 'text', about: 'Parameters of the request.' },
  path: { type: 'keyword', about: 'The path the request names.' },
  query: { type: 'keyword', about: 'The request in a form for people.' },
  'related.hosts': { type: 'keyword', list: true, about: 'All host names of the event.' },
  'related.user': { type: 'keyword', list: true, about: 'All user names of the event.' },
  request: { type: 'text', about: 'The request as it was, with send_request.' },
  resource: { type: 'keyword', about: 'The thing the request is about.' },
  response: { type: 'text', about: 'The response as it was, with send_response.' },
  'server.domain': { type: 'keyword', about: 'Name of the server.' },
  'user.name': { type: 'keyword', about: 'Name of the user.' },
});

/** Set by analyzers. related.ip: the encoder adds both ends in front. */
export const shared = {
  ...analyzed,
  'event.action': envelope['event.action'],
  'related.ip': envelope['related.ip'],
};
