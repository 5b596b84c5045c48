/** SQL as the fields of an event: its method, its text without passwords. */

import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { MAX_FIELD_BYTES, type Row } from '../../events/row.js';
import type { Text } from '../kit/text.js';
import { Words } from '../kit/words.js';
import { holdsUserinfo, maskPasswords, mentionsPassword } from './secrets.js';
import { isWord, SqlScanner } from './sql.js';
import type { Statement } from './statements.js';

const verbs = new Words<number>((verb) => constant(verb));
/** Those first: the table is bounded, and what the wire brings must not push them out. */
const VERBS =
  'SELECT INSERT UPDATE DELETE MERGE WITH VALUES TABLE BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE SET RESET SHOW ' +
  'CREATE ALTER DROP TRUNCATE COMMENT GRANT REVOKE COPY EXPLAIN ANALYZE VACUUM REINDEX CLUSTER REFRESH LOCK PREPARE EXECUTE ' +
  'DEALLOCATE DECLARE FETCH MOVE CLOSE LISTEN NOTIFY UNLISTEN DISCARD CHECKPOINT LOAD DO CALL REASSIGN SECURITY IMPORT ' +
  'IDENTIFY_SYSTEM START_REPLICATION CREATE_REPLICATION_SLOT DROP_REPLICATION_SLOT READ_REPLICATION_SLOT BASE_BACKUP ' +
  'TIMELINE_HISTORY';
for (const verb of VERBS.split(' ')) verbs.find(Buffer.from(verb), 0, verb.length);

/** Walks over the statements of a text and writes the one it stands on. */
export class SqlText {
  readonly scanner = new SqlScanner();
  /** The statement it stands on names a password. */
  secret = false;
  readonly #scratch: Text;
  readonly #sendRequest: boolean;

  constructor(scratch: Text, sendRequest: boolean) {
    this.#scratch = scratch;
    this.#sendRequest = sendRequest;
  }

  open(buf: Uint8Array, start: number, end: number): void {
    this.scanner.open(buf, start, end);
  }

  next(buf: Uint8Array): boolean {
    if (!this.scanner.next()) return false;
    this.secret = this.#look(buf);
    return true;
  }

  write(row: Row, buf: Uint8Array): void {
    const { start, end, verbStart, verbEnd } = this.scanner;
    const method = verbs.find(buf, verbStart, verbEnd);
    if (method) row.word(shared.method, method);
    else if (verbEnd > verbStart) row.text(shared.method, buf, verbStart, verbEnd);
    if (!this.secret) {
      this.text(row, buf, start, end);
      return;
    }
    const scratch = this.#scratch;
    scratch.clear();
    maskPasswords(scratch, buf, start, end);
    this.text(row, scratch.buf, 0, scratch.size);
  }

  /** Keeps what write() would write. */
  keep(statement: Statement, buf: Uint8Array): void {
    const { start, end, verbStart, verbEnd } = this.scanner;
    statement.secret = this.secret;
    if (this.secret) maskPasswords(statement.text, buf, start, end);
    else statement.text.bytes(buf, start, end);
    statement.method = verbs.find(buf, verbStart, verbEnd) ?? 0;
    statement.verbStart = Math.min(verbStart - start, MAX_FIELD_BYTES);
    statement.verbEnd = Math.min(verbEnd - start, MAX_FIELD_BYTES);
  }

  /** Writes what was kept. */
  writeKept(row: Row, { text, method, verbStart, verbEnd }: Statement): void {
    if (method) row.word(shared.method, method);
    else if (verbEnd > verbStart) row.text(shared.method, text.buf, verbStart, Math.min(verbEnd, text.size));
    this.text(row, text.buf, 0, text.size);
  }

  text(row: Row, buf: Uint8Array, start: number, end: number): void {
    row.text(shared.query, buf, start, end);
    if (this.#sendRequest) row.text(shared.request, buf, start, end);
  }

  #look(buf: Uint8Array): boolean {
    const { start, end, verbStart, verbEnd } = this.scanner;
    if (mentionsPassword(buf, start, end)) return true;
    const defines = isWord(buf, verbStart, verbEnd, 'CREATE') || isWord(buf, verbStart, verbEnd, 'ALTER');
    return defines && holdsUserinfo(buf, start, end);
  }
}
