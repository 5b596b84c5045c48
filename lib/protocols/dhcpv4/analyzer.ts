/**
 * DHCPv4: one event a message. The client of an event is the DHCP client, whichever way the message goes; a message that is
 * no DHCP is counted, one whose options are cut is an event that says so.
 */
import type { Counter } from '../../base/counters.js';
import type { Cursor } from '../../base/cursor.js';
import { duration, flag } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { type Field, ITEM } from '../../events/fields.js';
import { FLAG } from '../../events/layout.js';
import type { Row } from '../../events/row.js';
import { analyzer, type Direction, type Emit, type Flow, type Session, type Verdict } from '../analyzer.js';
import { HARDWARE_NAMES, OPERATION_NAMES } from './codes.js';
import { fields } from './fields.js';
import { writeOptions } from './options.js';
import { HEADER, isMessage, Message, OPERATION, u16 } from './parser.js';
import { hardware, isSpecified, sameAddress, text, word } from './values.js';

const options = {
  send_request: flag(false, 'Accepted for old configurations; DHCP has no text form.'),
  send_response: flag(false, 'Accepted for old configurations; DHCP has no text form.'),
  transaction_timeout: duration(10, 'Accepted for old configurations; each message is an event.'),
};

const OK = constant('OK');
const ERROR = constant('Error');
const UNICAST = constant('unicast');
const BROADCAST = constant('broadcast');
const CUT = constant('Options end early');
/** Bytes for the client's hardware address; some claim more. */
const MAX_HARDWARE_BYTES = HEADER.serverName - HEADER.hardware;
/** LIMIT of the hardware types believed on an unknown port: those with a name. */
const MAX_HARDWARE_TYPE = 35;

/** What the sessions of one worker share. */
interface Shop {
  readonly emit: Emit;
  readonly message: Message;
  readonly total: Counter;
  readonly failures: Counter;
  readonly cut: Counter;
  readonly malformed: Counter;
}

class DhcpSession implements Session {
  readonly idle = true;
  readonly #shop: Shop;
  readonly #flow: Flow;

  constructor(shop: Shop, flow: Flow) {
    this.#shop = shop;
    this.#flow = flow;
  }

  data(dir: Direction, bytes: Cursor): Verdict {
    const { emit, message, total, failures, cut, malformed } = this.#shop;
    total.value++;
    if (!message.read(bytes.buf, bytes.pos, bytes.end)) {
      failures.value++;
      return 'ok';
    }
    const row = emit.row(this.#flow);
    if (dir === 1) row.swap();
    row.start(bytes.seconds, bytes.nanoseconds);
    row.requestBytes(bytes.end - bytes.pos + bytes.cut);
    writeHeader(row, message);
    malformed.value += writeOptions(row, message);
    row.status = OK;
    if (message.broken || (bytes.cut > 0 && !message.hasEnd)) {
      cut.value++;
      row.status = ERROR;
      row.word(shared['error.message'], CUT);
    }
    emit.send(row);
    return 'ok';
  }
}

function writeHeader(row: Row, message: Message): void {
  const { buf, start } = message;
  const operation = buf[start]!;
  if (operation === OPERATION.reply) row.flags |= FLAG.swapRoles;
  row.word(fields['dhcpv4.op_code'], OPERATION_NAMES[operation]!);
  row.word(fields['dhcpv4.hardware_type'], HARDWARE_NAMES[buf[start + HEADER.hardwareType]!]!);
  row.long(fields['dhcpv4.hops'], buf[start + HEADER.hops]!);
  word(row, fields['dhcpv4.transaction_id'], buf, start + HEADER.transaction);
  row.long(fields['dhcpv4.seconds'], u16(buf, start + HEADER.seconds));
  row.word(fields['dhcpv4.flags'], buf[start + HEADER.flags]! & 0x80 ? BROADCAST : UNICAST);
  const size = Math.min(buf[start + HEADER.hardwareSize]!, MAX_HARDWARE_BYTES);
  if (size > 0) hardware(row, fields['dhcpv4.client_mac'], buf, start + HEADER.hardware, size);
  writeAddresses(row, buf, start);
  if (!message.overloadsName) {
    text(row, fields['dhcpv4.server_name'], buf, start + HEADER.serverName, start + HEADER.file);
  }
  if (!message.overloadsFile) {
    text(row, fields['dhcpv4.boot_file_name'], buf, start + HEADER.file, start + HEADER.cookie);
  }
}

/** The addresses of the header that are set; those of clients and relays are related, each once. */
function writeAddresses(row: Row, buf: Uint8Array, start: number): void {
  const client = address(row, fields['dhcpv4.client_ip'], buf, start + HEADER.clientIp);
  const assigned = address(row, fields['dhcpv4.assigned_ip'], buf, start + HEADER.assignedIp);
  address(row, fields['dhcpv4.server_ip'], buf, start + HEADER.serverIp);
  const relay = address(row, fields['dhcpv4.relay_ip'], buf, start + HEADER.relayIp);
  if (client < 0 && assigned < 0 && relay < 0) return;
  row.list(shared['related.ip']);
  if (client >= 0) row.ip(ITEM, buf, client, 4);
  if (assigned >= 0 && !isSame(buf, assigned, client)) row.ip(ITEM, buf, assigned, 4);
  if (relay >= 0 && !isSame(buf, relay, client) && !isSame(buf, relay, assigned)) row.ip(ITEM, buf, relay, 4);
  row.close();
}

/** Where it lies, or -1 when it is 0.0.0.0: none. */
function address(row: Row, field: Field<'ip'>, buf: Uint8Array, at: number): number {
  if (!isSpecified(buf, at)) return -1;
  row.ip(field, buf, at, 4);
  return at;
}

const isSame = (buf: Uint8Array, one: number, other: number): boolean =>
  other >= 0 && sameAddress(buf, one, other);

export const dhcpv4 = analyzer({
  name: 'dhcpv4',
  about: 'a message of client or server',
  transports: ['udp'],
  ports: [67, 68],
  options,
  fields,

  /** Sure of an operation, a hardware type that exists, and the mark before the options. */
  probe({ buf, pos, end }) {
    if (!isMessage(buf, pos, end)) return 'no';
    const operation = buf[pos];
    const known = operation === OPERATION.request || operation === OPERATION.reply;
    const type = buf[pos + HEADER.hardwareType]!;
    if (!known || type === 0 || type > MAX_HARDWARE_TYPE) return 'no';
    return buf[pos + HEADER.hardwareSize]! <= MAX_HARDWARE_BYTES ? 'yes' : 'no';
  },

  create(_settings, emit) {
    const shop: Shop = {
      emit,
      message: new Message(),
      total: emit.counter('total_packets'),
      failures: emit.counter('parse_failures'),
      cut: emit.counter('options.cut'),
      malformed: emit.counter('option.malformed'),
    };
    return (flow) => new DhcpSession(shop, flow);
  },
});
