/** Options of the analyzer: Packetbeat's, and two of ours for what it does not report. */
import { duration, flag, integer } from '../../base/options.js';

export const options = {
  max_rows: integer(10, 'Rows of the results of one statement that are put into `response`.', { min: 0 }),
  max_row_length: integer(1024, 'Bytes of one row that are put into `response`.', { min: 0 }),
  send_request: flag(false, 'Put the SQL into `request`, as it was sent.'),
  send_response: flag(
    false,
    'Put the rows of the results into `response`, as CSV with the names of the columns.',
  ),
  send_all_commands: flag(
    false,
    'Send events of logins and of all commands (COM_PING, COM_INIT_DB, COM_QUIT ...) too, not only when they fail.',
  ),
  send_session: flag(
    false,
    'Put the user and the default schema into every event, where the login of the connection was seen.',
  ),
  statement_timeout: duration(3600, 'How long a prepared statement that is not used is remembered.'),
  transaction_timeout: duration(10, 'How long a command waits for its response.'),
};

export type Options = typeof options;
