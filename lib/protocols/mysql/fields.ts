import { declare } from '../../events/fields.js';

export const fields = declare({
  'mysql.affected_rows': {
    type: 'long',
    about: 'Rows that the statement changed; of several statements their sum.',
  },
  'mysql.error_code': { type: 'long', about: 'The number of the error the server answered.' },
  'mysql.error_message': { type: 'keyword', about: 'SQLSTATE and text of the error the server answered.' },
  'mysql.insert_id': {
    type: 'unsigned',
    about: 'The value of the automatic column of the first row inserted.',
  },
  'mysql.num_fields': { type: 'long', about: 'Columns of the result; of several results, of the first.' },
  'mysql.num_rows': { type: 'long', about: 'Rows of the result; of several results their sum.' },
  'mysql.num_results': { type: 'long', about: 'Results of the statement, where there is more than one.' },
  'mysql.schema': { type: 'keyword', about: 'The default schema of the connection.' },
});
