/** SQL as the fields of an event: its method, its text without passwords. */
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import type { Row } from '../../events/row.js';
import type { Text } from '../kit/text.js';
import { Words } from '../kit/words.js';
import type { Sql } from './known-sql.js';
import { holdsUserinfo, maskPasswords, mentionsPassword } from './secrets.js';
import { isWord, SqlScanner } from './sql.js';

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

  /** Writes the statement it stands on. */
  write(row: Row, buf: Uint8Array): void {
    const { start, end, verbStart, verbEnd } = this.scanner;
    const method = this.method(buf);
    if (method) row.word(shared.method, method);
    else if (verbEnd > verbStart) row.text(shared.method, buf, verbStart, verbEnd);
    if (!this.secret) {
      this.text(row, buf, start, end);
      return;
    }
    const masked = this.masked(buf);
    this.text(row, masked, 0, masked.length);
  }

  /** Writes a known statement, whose text came at `at` of `buf` again. */
  writeAgain(row: Row, sql: Sql, buf: Uint8Array, at: number): void {
    if (sql.secret) {
      this.writeKnown(row, sql);
      return;
    }
    this.#verb(row, sql);
    this.text(row, buf, at + sql.start, at + sql.end);
  }

  /** Writes a known statement. */
  writeKnown(row: Row, sql: Sql): void {
    this.#verb(row, sql);
    this.text(row, sql.text, 0, sql.text.length);
  }

  /** The constant of the statement's method; 0 when it has none. */
  method(buf: Uint8Array): number {
    return verbs.find(buf, this.scanner.verbStart, this.scanner.verbEnd) ?? 0;
  }

  /** The statement without passwords; lent until the next call. */
  masked(buf: Uint8Array): Uint8Array {
    const scratch = this.#scratch;
    scratch.clear();
    maskPasswords(scratch, buf, this.scanner.start, this.scanner.end);
    return scratch.buf.subarray(0, scratch.size);
  }

  text(row: Row, buf: Uint8Array, start: number, end: number): void {
    row.text(shared.query, buf, start, end);
    if (this.#sendRequest) row.text(shared.request, buf, start, end);
  }

  #verb(row: Row, { method, text, verbStart, verbEnd }: Sql): void {
    if (method) row.word(shared.method, method);
    else if (verbEnd > verbStart) row.text(shared.method, text, verbStart, Math.min(verbEnd, text.length));
  }

  #look(buf: Uint8Array): boolean {
    const { start, end, verbStart, verbEnd } = this.scanner;
    if (mentionsPassword(buf, start, end)) return true;
    const defines = isWord(buf, verbStart, verbEnd, 'CREATE') || isWord(buf, verbStart, verbEnd, 'ALTER');
    return defines && holdsUserinfo(buf, start, end);
  }
}
