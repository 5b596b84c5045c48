/** Options as fields, a writer a code: RFC 2132, RFC 3925 and RFC 4702; the relay's are in relay.ts. */
import { constant } from '../../events/constants.js';
import { type Field, ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { MESSAGE_NAMES, OPTION_NAMES } from './codes.js';
import { fields } from './fields.js';
import { type Message, u16, u32 } from './parser.js';
import { writeRelay } from './relay.js';
import { hex, text } from './values.js';

/** Writes the option that the message points at; false when its data makes no sense. */
type Write = (row: Row, message: Message) => boolean;

interface Writer {
  /** The option may come in parts. */
  readonly split: boolean;
  readonly write: Write;
}

const ID = constant('id');
const DATA = constant('data');
const FQDN_HEADER = 3;
const FQDN_ENCODED = 4;
/** LIMIT of a name from option 81, RFC 1035 2.3.4. */
const MAX_NAME = 255;

/** The writers by option code. */
const WRITERS: (Writer | undefined)[] = new Array(256).fill(undefined);

const fixed = (code: number, size: number, write: (row: Row, buf: Uint8Array, at: number) => void): void => {
  WRITERS[code] = {
    split: false,
    write(row, { data, dataStart, dataEnd }) {
      // Longer data is read as far as it is understood, as clients do.
      if (dataEnd - dataStart < size) return false;
      write(row, data, dataStart);
      return true;
    },
  };
};

const split = (code: number, write: Write): void => {
  WRITERS[code] = { split: true, write };
};

const address = (code: number, field: Field<'ip'>): void =>
  fixed(code, 4, (row, buf, at) => row.ip(field, buf, at, 4));

/** A time of zero is none. */
const seconds = (code: number, field: Field<'long'>): void =>
  fixed(code, 4, (row, buf, at) => {
    const value = u32(buf, at);
    if (value > 0) row.long(field, value);
  });

const words = (code: number, field: Field<'keyword' | 'text'>): void =>
  split(code, (row, { data, dataStart, dataEnd }) => {
    text(row, field, data, dataStart, dataEnd);
    return true;
  });

const addresses = (code: number, field: Field<'ip'>): void =>
  split(code, (row, { data, dataStart, dataEnd }) => addressList(row, field, data, dataStart, dataEnd));

/** All whole addresses in [start, end); false when that is not what lies there. */
function addressList(row: Row, field: Field<'ip'>, data: Uint8Array, start: number, end: number): boolean {
  const whole = end - ((end - start) & 3);
  row.list(field);
  for (let at = start; at < whole; at += 4) row.ip(ITEM, data, at, 4);
  row.close();
  return whole === end && whole > start;
}

address(1, fields['dhcpv4.option.subnet_mask']);
fixed(2, 4, (row, buf, at) => row.long(fields['dhcpv4.option.utc_time_offset_sec'], u32(buf, at) | 0));
split(3, (row, { data, dataStart, dataEnd }) => {
  const field = fields['dhcpv4.option.router'];
  // Packetbeat has the first router only, as text: so it is as long as there is one.
  if (dataEnd - dataStart !== 4) return addressList(row, field, data, dataStart, dataEnd);
  row.ip(field, data, dataStart, 4);
  return true;
});
addresses(4, fields['dhcpv4.option.time_servers']);
addresses(6, fields['dhcpv4.option.dns_servers']);
words(12, fields['dhcpv4.option.hostname']);
words(15, fields['dhcpv4.option.domain_name']);
address(28, fields['dhcpv4.option.broadcast_address']);
addresses(42, fields['dhcpv4.option.ntp_servers']);
address(50, fields['dhcpv4.option.requested_ip_address']);
seconds(51, fields['dhcpv4.option.ip_address_lease_time_sec']);
fixed(53, 1, (row, buf, at) => row.word(fields['dhcpv4.option.message_type'], MESSAGE_NAMES[buf[at]!]!));
address(54, fields['dhcpv4.option.server_identifier']);
split(55, (row, { data, dataStart, dataEnd }) => {
  row.list(fields['dhcpv4.option.parameter_request_list']);
  for (let at = dataStart; at < dataEnd; at++) row.word(ITEM, OPTION_NAMES[data[at]!]!);
  row.close();
  return true;
});
words(56, fields['dhcpv4.option.message']);
fixed(57, 2, (row, buf, at) => row.long(fields['dhcpv4.option.max_dhcp_message_size'], u16(buf, at)));
seconds(58, fields['dhcpv4.option.renewal_time_sec']);
seconds(59, fields['dhcpv4.option.rebinding_time_sec']);
words(60, fields['dhcpv4.option.class_identifier']);
split(61, (row, { data, dataStart, dataEnd }) => {
  hex(row, fields['dhcpv4.option.client_identifier'], data, dataStart, dataEnd);
  return dataEnd - dataStart >= 2;
});
words(66, fields['dhcpv4.option.tftp_server_name']);
words(67, fields['dhcpv4.option.boot_file_name']);
split(81, writeFullName);
split(82, (row, { data, dataStart, dataEnd }) => writeRelay(row, data, dataStart, dataEnd));
split(124, writeVendorClasses);

/** Writes all options of the message that have a field; those that make no sense are counted. */
export function writeOptions(row: Row, message: Message): number {
  let malformed = 0;
  for (let i = 0; i < message.count; i++) {
    const code = message.codes[i]!;
    const writer = WRITERS[code];
    if (!writer) continue;
    if (writer.split) message.select(code);
    else message.first(code);
    if (!writer.write(row, message)) malformed++;
  }
  return malformed;
}

/** RFC 4702 2: flags, two codes of no use, then the name, as text or in the form of DNS without compression. */
function writeFullName(row: Row, { data, dataStart, dataEnd }: Message): boolean {
  const start = dataStart + FQDN_HEADER;
  if (start > dataEnd) return false;
  const field = fields['dhcpv4.option.fqdn'];
  if (!(data[dataStart]! & FQDN_ENCODED)) {
    text(row, field, data, start, dataEnd);
    return true;
  }
  const at = row.compose(MAX_NAME);
  if (at < 0) return true;
  let size = 0;
  let i = start;
  while (i < dataEnd && data[i] !== 0) {
    const next = i + 1 + data[i]!;
    if (next > dataEnd || size + next - i > MAX_NAME) {
      row.composed(field, at, size);
      return false;
    }
    if (size > 0) row.heap[at + size++] = 0x2e;
    for (i++; i < next; i++) row.heap[at + size++] = data[i]!;
  }
  row.composed(field, at, size);
  return true;
}

/** RFC 3925 3: enterprise number, length, data, again and again. */
function writeVendorClasses(row: Row, { data, dataStart, dataEnd }: Message): boolean {
  row.list(fields['dhcpv4.option.vendor_identifying_options']);
  let at = dataStart;
  while (at + 5 <= dataEnd) {
    const start = at + 5;
    const end = start + data[at + 4]!;
    if (end > dataEnd) break;
    row.object(ITEM);
    row.key(DATA);
    hex(row, ITEM, data, start, end);
    row.key(ID);
    row.long(ITEM, u32(data, at));
    row.close();
    at = end;
  }
  row.close();
  return at === dataEnd && at > dataStart;
}
