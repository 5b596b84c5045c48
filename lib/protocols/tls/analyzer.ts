/**
 * TLS: one event a handshake, of TLS over TCP, DTLS and QUIC. It tells who spoke to whom, under which name, with which
 * versions, ciphers and certificates, and whether it worked. What comes after the handshake is only counted.
 */
import { analyzer } from '../analyzer.js';
import { Certificates } from './certificates.js';
import { DatagramSession } from './datagrams.js';
import { fields } from './fields.js';
import type { Shop } from './handshake.js';
import { Hellos } from './hellos.js';
import { options } from './options.js';
import { probe } from './probe.js';
import { TlsSession } from './session.js';

export const tls = analyzer({
  name: 'tls',
  about: 'a handshake (TLS, DTLS, QUIC)',
  transports: ['tcp', 'udp'],
  ports: [443, 993, 995, 5223, 8443, 8883, 9243],
  options,
  fields,
  probe,

  create(options, emit) {
    const { include_detailed_fields: detailed } = options;
    const shop: Shop = {
      emit,
      detailed,
      hellos: new Hellos(detailed),
      certificates: new Certificates(
        {
          x509: detailed && options.send_certificates,
          raw: options.include_raw_certificates,
          fingerprints: options.fingerprints.map((name) => name.toLowerCase()),
        },
        emit.counter('certificates.unreadable'),
      ),
      timeoutSeconds: options.transaction_timeout,
      pool: [],
      counters: {
        notTls: emit.counter('stream.not_tls'),
        sslv2: emit.counter('hello.sslv2'),
        midway: emit.counter('stream.midway'),
        encryptedAlerts: emit.counter('handshake.encrypted_alerts'),
        undecryptable: emit.counter('quic.undecryptable'),
        unknownVersion: emit.counter('quic.version_unknown'),
      },
    };
    return (flow) =>
      flow.transport === 'tcp' ? new TlsSession(shop, flow) : new DatagramSession(shop, flow);
  },
});
