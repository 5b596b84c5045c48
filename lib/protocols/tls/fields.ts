/** What is said of a handshake; its certificates: certificate-fields.ts. */
import { declare } from '../../events/fields.js';
import { certificateFields } from './certificate-fields.js';

const own = declare({
  'tls.cipher': { type: 'keyword', about: 'Cipher suite that the server chose.' },
  'tls.client.ja3': { type: 'keyword', about: 'JA3 fingerprint of the client.' },
  'tls.client.ja4': { type: 'keyword', about: 'JA4 fingerprint of the client.' },
  'tls.client.server_name': { type: 'keyword', about: 'Name of the server that the client asked for (SNI).' },
  'tls.client.supported_ciphers': {
    type: 'keyword',
    list: true,
    about: 'Cipher suites that the client offers, without GREASE.',
  },
  'tls.curve': { type: 'keyword', about: 'Group of the key exchange, where it is seen.' },
  'tls.detailed.alert_types': { type: 'keyword', list: true, about: 'Alerts of both sides by name.' },
  'tls.detailed.alerts': {
    type: 'object',
    list: true,
    about: 'Alerts of both sides: severity, code, type, source.',
  },
  'tls.detailed.alerts.code': { type: 'long', inside: true, about: 'Number of the alert.' },
  'tls.detailed.alerts.severity': { type: 'keyword', inside: true, about: 'warning or fatal.' },
  'tls.detailed.alerts.source': { type: 'keyword', inside: true, about: 'Who sent it: client or server.' },
  'tls.detailed.alerts.type': { type: 'keyword', inside: true, about: 'Name of the alert.' },
  'tls.detailed.client_certificate_chain': {
    type: 'object',
    list: true,
    about: 'Certificates of the client after its own, with the fields of x509.',
  },
  'tls.detailed.client_certificate_requested': {
    type: 'boolean',
    about: 'The server asked for a certificate (TLS 1.3 hides it).',
  },
  'tls.detailed.client_hello.extensions._unparsed_': {
    type: 'keyword',
    list: true,
    about: 'Extensions that are not written out, by name or number.',
  },
  'tls.detailed.client_hello.extensions.application_layer_protocol_negotiation': {
    type: 'keyword',
    list: true,
    about: 'Application protocols (ALPN).',
  },
  'tls.detailed.client_hello.extensions.cert_type': {
    type: 'keyword',
    list: true,
    about: 'Certificate types.',
  },
  'tls.detailed.client_hello.extensions.client_certificate_url': {
    type: 'keyword',
    about: 'Empty: the extension is there.',
  },
  'tls.detailed.client_hello.extensions.ec_points_formats': {
    type: 'keyword',
    list: true,
    about: 'Formats of elliptic curve points.',
  },
  'tls.detailed.client_hello.extensions.max_fragment_length': {
    type: 'keyword',
    about: 'Maximum length of a fragment, as a power of two.',
  },
  'tls.detailed.client_hello.extensions.server_name_indication': {
    type: 'keyword',
    list: true,
    about: 'Names of the server (SNI).',
  },
  'tls.detailed.client_hello.extensions.session_ticket': {
    type: 'keyword',
    about: 'Size of the session ticket; empty: tickets are supported.',
  },
  'tls.detailed.client_hello.extensions.signature_algorithms': {
    type: 'keyword',
    list: true,
    about: 'Signature algorithms.',
  },
  'tls.detailed.client_hello.extensions.srp': { type: 'keyword', about: 'User name of SRP.' },
  'tls.detailed.client_hello.extensions.status_request.request_extensions': {
    type: 'long',
    about: 'Length of the request extensions.',
  },
  'tls.detailed.client_hello.extensions.status_request.responder_id_list_length': {
    type: 'long',
    about: 'Length of the list of responders.',
  },
  'tls.detailed.client_hello.extensions.status_request.response': {
    type: 'boolean',
    about: 'The server will send a certificate status.',
  },
  'tls.detailed.client_hello.extensions.status_request.type': {
    type: 'keyword',
    about: 'Type of the certificate status: ocsp.',
  },
  'tls.detailed.client_hello.extensions.supported_groups': {
    type: 'keyword',
    list: true,
    about: 'Groups for the key exchange.',
  },
  'tls.detailed.client_hello.extensions.supported_versions': {
    type: 'keyword',
    list: true,
    about: 'Versions: all that are supported, or the one chosen.',
  },
  'tls.detailed.client_hello.extensions.truncated_hmac': {
    type: 'keyword',
    about: 'Empty: the extension is there.',
  },
  'tls.detailed.client_hello.random': { type: 'keyword', about: 'Random number of the client.' },
  'tls.detailed.client_hello.session_id': { type: 'keyword', about: 'Session id that the client sent.' },
  'tls.detailed.client_hello.supported_compression_methods': {
    type: 'keyword',
    list: true,
    about: 'Compression methods that the client offers.',
  },
  'tls.detailed.client_hello.version': {
    type: 'keyword',
    about: 'Version in the hello of the client, as major.minor; TLS 1.3 says 3.3 here.',
  },
  'tls.detailed.ocsp_response': {
    type: 'keyword',
    about: 'Status of the OCSP response that the server sent along.',
  },
  'tls.detailed.quic_version': {
    type: 'keyword',
    about: 'Version of QUIC that carried the handshake: 1 or 2.',
  },
  'tls.detailed.resumption_method': {
    type: 'keyword',
    about: 'How the session was resumed: id, ticket, or psk (TLS 1.3).',
  },
  'tls.detailed.server_certificate_chain': {
    type: 'object',
    list: true,
    about: 'Certificates of the server after its own, with the fields of x509.',
  },
  'tls.detailed.server_hello.extensions._unparsed_': {
    type: 'keyword',
    list: true,
    about: 'Extensions that are not written out, by name or number.',
  },
  'tls.detailed.server_hello.extensions.application_layer_protocol_negotiation': {
    type: 'keyword',
    list: true,
    about: 'Application protocols (ALPN).',
  },
  'tls.detailed.server_hello.extensions.cert_type': {
    type: 'keyword',
    list: true,
    about: 'Certificate types.',
  },
  'tls.detailed.server_hello.extensions.client_certificate_url': {
    type: 'keyword',
    about: 'Empty: the extension is there.',
  },
  'tls.detailed.server_hello.extensions.ec_points_formats': {
    type: 'keyword',
    list: true,
    about: 'Formats of elliptic curve points.',
  },
  'tls.detailed.server_hello.extensions.max_fragment_length': {
    type: 'keyword',
    about: 'Maximum length of a fragment, as a power of two.',
  },
  'tls.detailed.server_hello.extensions.server_name_indication': {
    type: 'keyword',
    list: true,
    about: 'Names of the server (SNI).',
  },
  'tls.detailed.server_hello.extensions.session_ticket': {
    type: 'keyword',
    about: 'Size of the session ticket; empty: tickets are supported.',
  },
  'tls.detailed.server_hello.extensions.signature_algorithms': {
    type: 'keyword',
    list: true,
    about: 'Signature algorithms.',
  },
  'tls.detailed.server_hello.extensions.srp': { type: 'keyword', about: 'User name of SRP.' },
  'tls.detailed.server_hello.extensions.status_request.request_extensions': {
    type: 'long',
    about: 'Length of the request extensions.',
  },
  'tls.detailed.server_hello.extensions.status_request.responder_id_list_length': {
    type: 'long',
    about: 'Length of the list of responders.',
  },
  'tls.detailed.server_hello.extensions.status_request.response': {
    type: 'boolean',
    about: 'The server will send a certificate status.',
  },
  'tls.detailed.server_hello.extensions.status_request.type': {
    type: 'keyword',
    about: 'Type of the certificate status: ocsp.',
  },
  'tls.detailed.server_hello.extensions.supported_groups': {
    type: 'keyword',
    list: true,
    about: 'Groups for the key exchange.',
  },
  'tls.detailed.server_hello.extensions.supported_versions': {
    type: 'keyword',
    list: true,
    about: 'Versions: all that are supported, or the one chosen.',
  },
  'tls.detailed.server_hello.extensions.truncated_hmac': {
    type: 'keyword',
    about: 'Empty: the extension is there.',
  },
  'tls.detailed.server_hello.random': { type: 'keyword', about: 'Random number of the server.' },
  'tls.detailed.server_hello.session_id': { type: 'keyword', about: 'Session id that the server sent.' },
  'tls.detailed.server_hello.selected_compression_method': {
    type: 'keyword',
    about: 'Compression method that the server chose.',
  },
  'tls.detailed.server_hello.version': {
    type: 'keyword',
    about: 'Version in the hello of the server, as major.minor; TLS 1.3 says 3.3 here.',
  },
  'tls.detailed.version': { type: 'keyword', about: 'Version of the protocol with its name, as TLS 1.2.' },
  'tls.established': { type: 'boolean', about: 'The handshake was completed.' },
  'tls.next_protocol': { type: 'keyword', about: 'Application protocol that the server chose (ALPN).' },
  'tls.resumed': { type: 'boolean', about: 'An earlier session was resumed.' },
  'tls.server.ja3s': { type: 'keyword', about: 'JA3S fingerprint of the server.' },
  'tls.server.ja4s': { type: 'keyword', about: 'JA4S fingerprint of the server.' },
  'tls.version': { type: 'keyword', about: 'Version of the protocol, as 1.2.' },
  'tls.version_protocol': { type: 'keyword', about: 'tls, ssl or dtls.' },
});

export const fields = { ...own, ...certificateFields };
