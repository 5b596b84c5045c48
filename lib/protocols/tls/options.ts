import { duration, flag, type OptionsOf, strings } from '../../base/options.js';

export const options = {
  send_certificates: flag(true, 'Put what is in certificates into `tls.client.x509`, `tls.server.x509`.'),
  include_raw_certificates: flag(
    false,
    'Put certificates in PEM into `tls.client.certificate_chain`, `tls.server.certificate_chain`.',
  ),
  include_detailed_fields: flag(true, 'Put the hellos, further certificates and alerts into `tls.detailed`.'),
  fingerprints: strings(['sha1'], 'Fingerprints of certificates: md5, sha1, sha256.'),
  send_request: flag(false, 'Accepted for old configurations; TLS has no text form.'),
  send_response: flag(false, 'Accepted for old configurations; TLS has no text form.'),
  transaction_timeout: duration(10, 'How long a handshake waits for its next message.'),
};

export type Options = OptionsOf<typeof options>;
