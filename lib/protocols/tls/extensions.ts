/** The extensions of a hello as fields (RFC 6066, RFC 7301, RFC 8446 4.2); what is not understood is listed by name. */
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import {
  CERTIFICATE_TYPES,
  EXTENSION_NAMES,
  FRAGMENT_LENGTHS,
  isGrease,
  type Names,
  POINT_FORMATS,
  SIGNATURE_SCHEMES,
  STATUS_TYPES,
  SUPPORTED_GROUPS,
  unknown16,
} from './codes.js';
import { fields } from './fields.js';
import { EXTENSION, type Hello, type Role } from './hello.js';
import { versionOf } from './versions.js';

type Path =
  | 'application_layer_protocol_negotiation'
  | 'cert_type'
  | 'ec_points_formats'
  | 'signature_algorithms'
  | 'supported_groups';

/** A number without a name is written out. */
export function writeName(row: Row, names: Names, code: number): void {
  const name = names.find(code);
  if (name > 0) row.word(ITEM, name);
  else row.string(ITEM, unknown16(code));
}

/** Writes all extensions but the two that differ each time: the name of the server and the size of the ticket. */
export function writeExtensions(row: Row, role: Role, hello: Hello): void {
  const unparsed: number[] = [];
  for (let i = 0; i < hello.extensions; i++) {
    if (!writeExtension(row, role, hello, i)) unparsed.push(hello.ids[i]!);
  }
  if (unparsed.length === 0) return;
  row.list(fields[`tls.detailed.${role}_hello.extensions._unparsed_`]);
  for (const id of unparsed) {
    const name = EXTENSION_NAMES.find(id);
    if (name > 0) row.word(ITEM, name);
    else row.string(ITEM, `${id}`);
  }
  row.close();
}

/** False: it goes among those not written out. */
function writeExtension(row: Row, role: Role, hello: Hello, i: number): boolean {
  const [at, end] = [hello.at[i]!, hello.ends[i]!];
  const prefix = `tls.detailed.${role}_hello.extensions` as const;
  switch (hello.ids[i]) {
    case EXTENSION.serverName:
      return end - at >= 2;
    case EXTENSION.sessionTicket:
      return true;
    case EXTENSION.maxFragmentLength:
      if (end - at === 1) row.word(fields[`${prefix}.max_fragment_length`], FRAGMENT_LENGTHS[hello.u8(at)]!);
      return end - at === 1;
    case 2:
      row.string(fields[`${prefix}.client_certificate_url`], expectEmpty(end - at));
      return true;
    case 4:
      row.string(fields[`${prefix}.truncated_hmac`], expectEmpty(end - at));
      return true;
    case EXTENSION.statusRequest:
      return writeStatusRequest(row, role, hello, at, end);
    case EXTENSION.certType:
      return writeBytes(row, role, 'cert_type', CERTIFICATE_TYPES, hello, at, end);
    case EXTENSION.pointFormats:
      return (
        end - at === 1 + hello.u8(at) &&
        writeBytes(row, role, 'ec_points_formats', POINT_FORMATS, hello, at, end)
      );
    case EXTENSION.supportedGroups:
      return writeNames(row, role, 'supported_groups', SUPPORTED_GROUPS, hello, at, end);
    case EXTENSION.signatureAlgorithms:
      return writeNames(row, role, 'signature_algorithms', SIGNATURE_SCHEMES, hello, at, end);
    case EXTENSION.srp:
      if (at + 1 + hello.u8(at) > end || at === end) return false;
      row.text(fields[`${prefix}.srp`], hello.buf, at + 1, at + 1 + hello.u8(at));
      return true;
    case EXTENSION.alpn:
      return writeProtocols(row, role, hello, at, end);
    case EXTENSION.supportedVersions:
      return writeVersions(row, role, hello, at, end);
    default:
      return false;
  }
}

const expectEmpty = (size: number): string => (size === 0 ? '' : `(expected empty: found ${size} bytes)`);

/** RFC 6066 8. A server only says that a status will come. */
function writeStatusRequest(row: Row, role: Role, hello: Hello, at: number, end: number): boolean {
  const prefix = `tls.detailed.${role}_hello.extensions.status_request` as const;
  if (at === end) {
    row.boolean(fields[`${prefix}.response`], true);
    return true;
  }
  const responders = hello.u16(at + 1);
  if (at + 5 + responders > end) return false;
  row.word(fields[`${prefix}.type`], STATUS_TYPES[hello.u8(at)]!);
  row.long(fields[`${prefix}.responder_id_list_length`], responders);
  row.long(fields[`${prefix}.request_extensions`], hello.u16(at + 3 + responders));
  return true;
}

/** A list of bytes with its length before it, or a single byte: what a server chose. */
function writeBytes(
  row: Row,
  role: Role,
  path: Path,
  names: Uint16Array,
  hello: Hello,
  at: number,
  end: number,
): boolean {
  const start = end - at > 1 ? at + 1 : at;
  const stop = end - at > 1 ? Math.min(end, start + hello.u8(at)) : end;
  row.list(fields[`tls.detailed.${role}_hello.extensions.${path}`]);
  for (let i = start; i < stop; i++) row.word(ITEM, names[hello.u8(i)]!);
  row.close();
  return true;
}

function writeNames(
  row: Row,
  role: Role,
  path: Path,
  names: Names,
  hello: Hello,
  at: number,
  end: number,
): boolean {
  if (end - at < 2 || at + 2 + hello.u16(at) !== end) return false;
  row.list(fields[`tls.detailed.${role}_hello.extensions.${path}`]);
  for (let i = at + 2; i + 2 <= end; i += 2) {
    const code = hello.u16(i);
    if (!isGrease(code)) writeName(row, names, code);
  }
  row.close();
  return true;
}

/** RFC 7301 3.1. */
function writeProtocols(row: Row, role: Role, hello: Hello, at: number, end: number): boolean {
  if (end - at < 2 || at + 2 + hello.u16(at) !== end) return false;
  for (let i = at + 2; i < end; i += 1 + hello.u8(i)) if (i + 1 + hello.u8(i) > end) return false;
  row.list(fields[`tls.detailed.${role}_hello.extensions.application_layer_protocol_negotiation`]);
  for (let i = at + 2; i < end; ) {
    const next = i + 1 + hello.u8(i);
    row.text(ITEM, hello.buf, i + 1, next);
    i = next;
  }
  row.close();
  return true;
}

/** RFC 8446 4.2.1: a list from the client, one from the server. */
function writeVersions(row: Row, role: Role, hello: Hello, at: number, end: number): boolean {
  const field = fields[`tls.detailed.${role}_hello.extensions.supported_versions`];
  if (end - at === 2) {
    row.word(field, versionOf(hello.u16(at)).name);
    return true;
  }
  const stop = at + 1 + hello.u8(at);
  if (end - at < 3 || stop > end || stop - at < 3 || hello.u8(at) % 2 !== 0) return false;
  row.list(field);
  for (let i = at + 1; i < stop; i += 2) {
    if (!isGrease(hello.u16(i))) row.word(ITEM, versionOf(hello.u16(i)).name);
  }
  row.close();
  return true;
}
