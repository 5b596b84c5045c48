import { declare } from '../../events/fields.js';

export const fields = declare({
  'pgsql.error_code': {
    type: 'keyword',
    about: 'SQLSTATE of the error: five digits or capital letters.',
  },
  'pgsql.error_message': { type: 'keyword', about: 'Text of the error the server answered.' },
  'pgsql.error_severity': { type: 'keyword', about: 'ERROR, FATAL or PANIC.' },
  'pgsql.num_fields': { type: 'long', about: 'Columns of the result.' },
  'pgsql.num_rows': { type: 'long', about: 'Rows of the result that were sent.' },
});
