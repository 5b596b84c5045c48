/** Methods and versions as constants. Methods are open: RFC 3261 and its extensions name fourteen, others may come. */
import { constant } from '../../events/constants.js';
import { Words } from '../kit/words.js';

export interface Method {
  /** In upper case. */
  readonly name: number;
  /** sip- and the name in lower case. */
  readonly action: number;
}

export const methods = new Words<Method>((name) => ({
  name: constant(name),
  action: constant(`sip-${name.toLowerCase()}`),
}));

/** Methods and option tags in lower case. */
export const tags = new Words<number>((name) => constant(name.toLowerCase()));
