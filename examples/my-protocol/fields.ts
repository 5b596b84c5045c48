/** What an abacus event has beside the envelope: names, types, and a sentence each for the documentation. */
import { declare } from 'pbfast/plugin';

export const fields = declare({
  'abacus.error': { type: 'keyword', about: 'Why the server could not tell.' },
  'abacus.result': { type: 'keyword', about: 'The number the server found.' },
});
