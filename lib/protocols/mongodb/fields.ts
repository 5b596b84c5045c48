import { declare } from '../../events/fields.js';

export const fields = declare({
  'error.code': {
    type: 'keyword',
    about: 'Number of the error the server answered a command with (`send_error_code`).',
  },
  'error.type': {
    type: 'keyword',
    about: 'Name of the error the server answered a command with (`send_error_code`).',
  },
  'mongodb.cursorId': {
    type: 'long',
    about: 'Cursor the answer gave, else the one the request named; 0: nothing is left to fetch.',
  },
  'mongodb.error': {
    type: 'keyword',
    about: "The server's error message; write errors and write concern errors as JSON.",
  },
  'mongodb.fullCollectionName': { type: 'keyword', about: 'Database and collection, joined by a dot.' },
  'mongodb.message': { type: 'keyword', about: 'Text of a message of the oldest kind (opcode 1000).' },
  'mongodb.numberReturned': { type: 'long', about: 'Documents in the answer.' },
  'mongodb.numberToReturn': { type: 'long', about: 'Documents the client asked for at most.' },
  'mongodb.numberToSkip': { type: 'long', about: 'Documents the client asked to leave out first.' },
  'mongodb.returnFieldsSelector': {
    type: 'keyword',
    about: 'Fields the client asked for, as a JSON document (OP_QUERY).',
  },
  'mongodb.selector': {
    type: 'keyword',
    about: 'Documents to update or delete, as a JSON document (OP_UPDATE, OP_DELETE).',
  },
  'mongodb.startingFrom': { type: 'long', about: 'Place of the answer in the cursor (OP_REPLY).' },
  'mongodb.update': { type: 'keyword', about: 'The update to be made, as a JSON document (OP_UPDATE).' },
});
