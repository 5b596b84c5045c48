/** A session description as fields. */
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import { addressBytes, parseAddress } from '../kit/address.js';
import { fields } from './fields.js';
import { nextWord, type SessionDescription } from './sdp.js';
import { text } from './values.js';

const BLANK = 32;

export function writeSession(row: Row, session: SessionDescription, buf: Uint8Array): void {
  text(row, fields['sip.sdp.version'], buf, session.version);
  text(row, fields['sip.sdp.owner.username'], buf, session.username);
  text(row, fields['sip.sdp.owner.session_id'], buf, session.sessionId);
  text(row, fields['sip.sdp.owner.version'], buf, session.sessionVersion);
  text(row, fields['sip.sdp.owner.ip'], buf, session.ownerAddress);
  text(row, fields['sip.sdp.session.name'], buf, session.name);
  text(row, fields['sip.sdp.connection.info'], buf, session.connection);
  text(row, fields['sip.sdp.connection.address'], buf, session.connectionAddress);
  const { start, end } = session.ownerAddress;
  const size = start < 0 ? 0 : parseAddress(buf, start, end);
  if (size !== 0) row.ip(shared['related.ip'], addressBytes, 0, size);
  if (session.mediaCount > 0) writeMedia(row, session, buf);
}

function writeMedia(
  row: Row,
  { mediaCount, media, ports, formats }: SessionDescription,
  buf: Uint8Array,
): void {
  row.list(fields['sip.sdp.media.description']);
  for (let n = 0; n < mediaCount; n++) row.text(ITEM, buf, media[n]!.start, media[n]!.end);
  row.close();
  row.list(fields['sip.sdp.media.port']);
  for (let n = 0; n < mediaCount; n++) if (ports[n]! >= 0) row.long(ITEM, ports[n]!);
  row.close();
  row.list(fields['sip.sdp.media.format']);
  for (let n = 0; n < mediaCount; n++) {
    const { end } = media[n]!;
    for (let at = formats[n]!; at < end; ) {
      let stop = at;
      while (stop < end && buf[stop] !== BLANK) stop++;
      row.text(ITEM, buf, at, stop);
      at = nextWord(buf, stop, end);
    }
  }
  row.close();
}
