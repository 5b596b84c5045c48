/** A method that waits for its reply. */
import type { Row } from '../../events/row.js';
import type { Direction } from '../analyzer.js';
import { Request } from '../kit/pairing.js';
import type { Method } from './methods.js';

/** Who is told when the request is given up. */
export interface Owner {
  unanswered(request: PendingMethod, isOpen: boolean): void;
}

export class PendingMethod extends Request {
  session!: Owner;
  method!: Method;
  channel = 0;
  /** Where it came from; its reply goes the other way. */
  sender: Direction = 0;
  /** Null: nobody wants an event of it. */
  row: Row | null = null;
  hasFields = false;
  /** A close because of an error. */
  isFailure = false;
}
