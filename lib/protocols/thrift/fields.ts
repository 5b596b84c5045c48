import { declare } from '../../events/fields.js';

export const fields = declare({
  'thrift.params': {
    type: 'keyword',
    about: 'Parameters of the call: (name: value, ...), with field ids where no IDL file names them.',
  },
  'thrift.service': { type: 'keyword', about: 'Service of the method, from the IDL files or the call.' },
  'thrift.return_value': { type: 'keyword', about: 'Value the call returned; empty for void.' },
  'thrift.exceptions': { type: 'keyword', about: 'Exceptions the call ended with: (name: (fields), ...).' },
});
