import { declare } from '../../events/fields.js';

export const fields = declare({
  'redis.error': { type: 'keyword', about: 'Text of the error the server answered.' },
  'redis.return_value': {
    type: 'keyword',
    about: 'The answer as text: nil, numbers, strings, [lists], {maps}.',
  },
});
