/** What is said of the certificates of both sides. */
import { declare } from '../../events/fields.js';

export const certificateFields = declare({
  'tls.client.certificate_chain': {
    type: 'keyword',
    list: true,
    about: 'Certificates of the client in PEM, with include_raw_certificates.',
  },
  'tls.client.hash.md5': {
    type: 'keyword',
    about: 'MD5 of the certificate of the client, with fingerprints.',
  },
  'tls.client.hash.sha1': {
    type: 'keyword',
    about: 'SHA-1 of the certificate of the client, with fingerprints.',
  },
  'tls.client.hash.sha256': {
    type: 'keyword',
    about: 'SHA-256 of the certificate of the client, with fingerprints.',
  },
  'tls.client.issuer': { type: 'keyword', about: 'Issuer of the certificate of the client.' },
  'tls.client.not_after': {
    type: 'date',
    about: 'Last time at which the certificate of the client is valid.',
  },
  'tls.client.not_before': {
    type: 'date',
    about: 'First time at which the certificate of the client is valid.',
  },
  'tls.client.subject': { type: 'keyword', about: 'Subject of the certificate of the client.' },
  'tls.client.x509.alternative_names': {
    type: 'keyword',
    list: true,
    about: 'Subject alternative names: DNS names, e-mail addresses, IP addresses, URIs.',
  },
  'tls.client.x509.issuer.common_name': { type: 'keyword', about: 'Common name (CN) of the issuer.' },
  'tls.client.x509.issuer.country': { type: 'keyword', about: 'Country (C) of the issuer.' },
  'tls.client.x509.issuer.distinguished_name': {
    type: 'keyword',
    about: 'Distinguished name of the issuer.',
  },
  'tls.client.x509.issuer.locality': { type: 'keyword', about: 'Locality (L) of the issuer.' },
  'tls.client.x509.issuer.organization': { type: 'keyword', about: 'Organization (O) of the issuer.' },
  'tls.client.x509.issuer.organizational_unit': {
    type: 'keyword',
    about: 'Organizational unit (OU) of the issuer.',
  },
  'tls.client.x509.issuer.postal_code': { type: 'keyword', about: 'Postal code of the issuer.' },
  'tls.client.x509.issuer.serial_number': {
    type: 'keyword',
    about: 'Serial number attribute of the issuer.',
  },
  'tls.client.x509.issuer.state_or_province': {
    type: 'keyword',
    about: 'State or province (ST) of the issuer.',
  },
  'tls.client.x509.issuer.street_address': { type: 'keyword', about: 'Street address of the issuer.' },
  'tls.client.x509.subject.common_name': { type: 'keyword', about: 'Common name (CN) of the subject.' },
  'tls.client.x509.subject.country': { type: 'keyword', about: 'Country (C) of the subject.' },
  'tls.client.x509.subject.distinguished_name': {
    type: 'keyword',
    about: 'Distinguished name of the subject.',
  },
  'tls.client.x509.subject.locality': { type: 'keyword', about: 'Locality (L) of the subject.' },
  'tls.client.x509.subject.organization': { type: 'keyword', about: 'Organization (O) of the subject.' },
  'tls.client.x509.subject.organizational_unit': {
    type: 'keyword',
    about: 'Organizational unit (OU) of the subject.',
  },
  'tls.client.x509.subject.postal_code': { type: 'keyword', about: 'Postal code of the subject.' },
  'tls.client.x509.subject.serial_number': {
    type: 'keyword',
    about: 'Serial number attribute of the subject.',
  },
  'tls.client.x509.subject.state_or_province': {
    type: 'keyword',
    about: 'State or province (ST) of the subject.',
  },
  'tls.client.x509.subject.street_address': { type: 'keyword', about: 'Street address of the subject.' },
  'tls.client.x509.not_after': { type: 'date', about: 'Last time of validity.' },
  'tls.client.x509.not_before': { type: 'date', about: 'First time of validity.' },
  'tls.client.x509.public_key_algorithm': { type: 'keyword', about: 'Algorithm of the public key.' },
  'tls.client.x509.public_key_size': { type: 'long', about: 'Size of the public key in bits.' },
  'tls.client.x509.serial_number': {
    type: 'keyword',
    about: 'Serial number in upper-case hex, whole bytes.',
  },
  'tls.client.x509.signature_algorithm': { type: 'keyword', about: 'Algorithm of the signature.' },
  'tls.client.x509.version_number': { type: 'long', about: 'Version of the certificate.' },
  'tls.server.certificate_chain': {
    type: 'keyword',
    list: true,
    about: 'Certificates of the server in PEM, with include_raw_certificates.',
  },
  'tls.server.hash.md5': {
    type: 'keyword',
    about: 'MD5 of the certificate of the server, with fingerprints.',
  },
  'tls.server.hash.sha1': {
    type: 'keyword',
    about: 'SHA-1 of the certificate of the server, with fingerprints.',
  },
  'tls.server.hash.sha256': {
    type: 'keyword',
    about: 'SHA-256 of the certificate of the server, with fingerprints.',
  },
  'tls.server.issuer': { type: 'keyword', about: 'Issuer of the certificate of the server.' },
  'tls.server.not_after': {
    type: 'date',
    about: 'Last time at which the certificate of the server is valid.',
  },
  'tls.server.not_before': {
    type: 'date',
    about: 'First time at which the certificate of the server is valid.',
  },
  'tls.server.subject': { type: 'keyword', about: 'Subject of the certificate of the server.' },
  'tls.server.x509.alternative_names': {
    type: 'keyword',
    list: true,
    about: 'Subject alternative names: DNS names, e-mail addresses, IP addresses, URIs.',
  },
  'tls.server.x509.issuer.common_name': { type: 'keyword', about: 'Common name (CN) of the issuer.' },
  'tls.server.x509.issuer.country': { type: 'keyword', about: 'Country (C) of the issuer.' },
  'tls.server.x509.issuer.distinguished_name': {
    type: 'keyword',
    about: 'Distinguished name of the issuer.',
  },
  'tls.server.x509.issuer.locality': { type: 'keyword', about: 'Locality (L) of the issuer.' },
  'tls.server.x509.issuer.organization': { type: 'keyword', about: 'Organization (O) of the issuer.' },
  'tls.server.x509.issuer.organizational_unit': {
    type: 'keyword',
    about: 'Organizational unit (OU) of the issuer.',
  },
  'tls.server.x509.issuer.postal_code': { type: 'keyword', about: 'Postal code of the issuer.' },
  'tls.server.x509.issuer.serial_number': {
    type: 'keyword',
    about: 'Serial number attribute of the issuer.',
  },
  'tls.server.x509.issuer.state_or_province': {
    type: 'keyword',
    about: 'State or province (ST) of the issuer.',
  },
  'tls.server.x509.issuer.street_address': { type: 'keyword', about: 'Street address of the issuer.' },
  'tls.server.x509.subject.common_name': { type: 'keyword', about: 'Common name (CN) of the subject.' },
  'tls.server.x509.subject.country': { type: 'keyword', about: 'Country (C) of the subject.' },
  'tls.server.x509.subject.distinguished_name': {
    type: 'keyword',
    about: 'Distinguished name of the subject.',
  },
  'tls.server.x509.subject.locality': { type: 'keyword', about: 'Locality (L) of the subject.' },
  'tls.server.x509.subject.organization': { type: 'keyword', about: 'Organization (O) of the subject.' },
  'tls.server.x509.subject.organizational_unit': {
    type: 'keyword',
    about: 'Organizational unit (OU) of the subject.',
  },
  'tls.server.x509.subject.postal_code': { type: 'keyword', about: 'Postal code of the subject.' },
  'tls.server.x509.subject.serial_number': {
    type: 'keyword',
    about: 'Serial number attribute of the subject.',
  },
  'tls.server.x509.subject.state_or_province': {
    type: 'keyword',
    about: 'State or province (ST) of the subject.',
  },
  'tls.server.x509.subject.street_address': { type: 'keyword', about: 'Street address of the subject.' },
  'tls.server.x509.not_after': { type: 'date', about: 'Last time of validity.' },
  'tls.server.x509.not_before': { type: 'date', about: 'First time of validity.' },
  'tls.server.x509.public_key_algorithm': { type: 'keyword', about: 'Algorithm of the public key.' },
  'tls.server.x509.public_key_size': { type: 'long', about: 'Size of the public key in bits.' },
  'tls.server.x509.serial_number': {
    type: 'keyword',
    about: 'Serial number in upper-case hex, whole bytes.',
  },
  'tls.server.x509.signature_algorithm': { type: 'keyword', about: 'Algorithm of the signature.' },
  'tls.server.x509.version_number': { type: 'long', about: 'Version of the certificate.' },
});
