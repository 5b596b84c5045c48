import { declare } from '../../events/fields.js';

export const fields = declare({
  'dhcpv4.assigned_ip': { type: 'ip', about: 'Address the server gives the client ("your" address).' },
  'dhcpv4.boot_file_name': { type: 'keyword', about: 'Name of the boot file, from the header.' },
  'dhcpv4.client_ip': { type: 'ip', about: 'Address the client has already.' },
  'dhcpv4.client_mac': { type: 'keyword', about: 'Hardware address of the client.' },
  'dhcpv4.flags': { type: 'keyword', about: 'How the server is to answer: unicast, broadcast.' },
  'dhcpv4.hardware_type': { type: 'keyword', about: 'Kind of the client network: Ethernet ...' },
  'dhcpv4.hops': { type: 'long', about: 'Relays the message went through.' },
  'dhcpv4.op_code': { type: 'keyword', about: 'bootrequest, bootreply.' },
  'dhcpv4.option.boot_file_name': { type: 'keyword', about: 'Name of the boot file, from option 67.' },
  'dhcpv4.option.broadcast_address': {
    type: 'ip',
    about: 'Broadcast address of the network of the client.',
  },
  'dhcpv4.option.class_identifier': { type: 'keyword', about: 'Vendor and kind of the client, as it says.' },
  'dhcpv4.option.client_identifier': {
    type: 'keyword',
    about: 'What the server knows the client by: kind and identifier in hexadecimal.',
  },
  'dhcpv4.option.dns_servers': { type: 'ip', list: true, about: 'DNS servers for the client.' },
  'dhcpv4.option.domain_name': { type: 'keyword', about: 'Domain of the client.' },
  'dhcpv4.option.fqdn': { type: 'keyword', about: 'Full name the client has or wants, from option 81.' },
  'dhcpv4.option.hostname': { type: 'keyword', about: 'Name of the client.' },
  'dhcpv4.option.ip_address_lease_time_sec': {
    type: 'long',
    about: 'Seconds the address is asked for or given.',
  },
  'dhcpv4.option.max_dhcp_message_size': {
    type: 'long',
    about: 'Largest message the sender can take, in bytes.',
  },
  'dhcpv4.option.message': { type: 'text', about: 'Why the address was refused (nak) or declined.' },
  'dhcpv4.option.message_type': {
    type: 'keyword',
    about: 'discover, offer, request, decline, ack, nak, release, inform.',
  },
  'dhcpv4.option.ntp_servers': { type: 'ip', list: true, about: 'NTP servers for the client.' },
  'dhcpv4.option.parameter_request_list': {
    type: 'keyword',
    list: true,
    about: 'Options the client wants, by name.',
  },
  'dhcpv4.option.rebinding_time_sec': { type: 'long', about: 'Seconds until the client asks any server.' },
  'dhcpv4.option.relay_agent.circuit_id': {
    type: 'keyword',
    about: 'Port the request came in by, as the relay says: text when printable, else hexadecimal.',
  },
  'dhcpv4.option.relay_agent.link_selection': {
    type: 'ip',
    about: 'Network the relay wants an address from.',
  },
  'dhcpv4.option.relay_agent.remote_id': {
    type: 'keyword',
    about: 'Far end of the circuit, as the relay says: text when printable, else hexadecimal.',
  },
  'dhcpv4.option.relay_agent.server_identifier': {
    type: 'ip',
    about: 'Server identifier the relay wants the client to be told.',
  },
  'dhcpv4.option.relay_agent.subscriber_id': {
    type: 'keyword',
    about: 'Subscriber the relay serves: text when printable, else hexadecimal.',
  },
  'dhcpv4.option.renewal_time_sec': {
    type: 'long',
    about: 'Seconds until the client asks its server again.',
  },
  'dhcpv4.option.requested_ip_address': { type: 'ip', about: 'Address the client wants.' },
  'dhcpv4.option.router': { type: 'ip', list: true, about: 'Routers of the network of the client.' },
  'dhcpv4.option.server_identifier': { type: 'ip', about: 'Address of the server that is meant or speaks.' },
  'dhcpv4.option.subnet_mask': { type: 'ip', about: 'Mask of the network of the client.' },
  'dhcpv4.option.tftp_server_name': { type: 'keyword', about: 'Name of the boot server, from option 66.' },
  'dhcpv4.option.time_servers': { type: 'ip', list: true, about: 'RFC 868 time servers for the client.' },
  'dhcpv4.option.utc_time_offset_sec': { type: 'long', about: 'Seconds the local time is ahead of UTC.' },
  'dhcpv4.option.vendor_identifying_options': {
    type: 'object',
    list: true,
    about: 'Vendor classes of the client (RFC 3925).',
  },
  'dhcpv4.option.vendor_identifying_options.data': {
    type: 'keyword',
    inside: true,
    about: 'Data of the vendor in hexadecimal.',
  },
  'dhcpv4.option.vendor_identifying_options.id': {
    type: 'long',
    inside: true,
    about: 'IANA enterprise number of the vendor.',
  },
  'dhcpv4.relay_ip': { type: 'ip', about: 'Address of the first relay.' },
  'dhcpv4.seconds': { type: 'long', about: 'Seconds since the client began.' },
  'dhcpv4.server_ip': { type: 'ip', about: 'Address of the server for the next step of booting.' },
  'dhcpv4.server_name': { type: 'keyword', about: 'Name of the server, from the header.' },
  'dhcpv4.transaction_id': {
    type: 'keyword',
    about: 'Number that joins request and reply: 0x and 8 digits.',
  },
});
