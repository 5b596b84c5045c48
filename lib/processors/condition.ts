/**
 * Conditions of processors (`when`), as far as they can be decided when the configuration is read: about fields that every
 * event of a kind has in common, such as `type`.
 */

export type Known = Readonly<Record<string, string>>;
/** undefined: only an event can tell. */
export type Decision = boolean | undefined;

type Node = Readonly<Record<string, unknown>>;

/** Decides `condition` (the value below `when`) for events with the `known` fields. Unknown operators decide nothing. */
export function decide(condition: unknown, known: Known): Decision {
  if (typeof condition !== 'object' || condition === null) return undefined;
  const decisions = Object.entries(condition as Node).map(([operator, operand]) =>
    apply(operator, operand, known),
  );
  return all(decisions);
}

function apply(operator: string, operand: unknown, known: Known): Decision {
  switch (operator) {
    case 'not':
      return negate(decide(operand, known));
    case 'and':
      return all(list(operand).map((one) => decide(one, known)));
    case 'or':
      return negate(all(list(operand).map((one) => negate(decide(one, known)))));
    case 'equals':
      return equals(operand, known);
    case 'has_fields':
      return all(list(operand).map((path) => (String(path) in known ? true : undefined)));
    default:
      return undefined;
  }
}

function equals(operand: unknown, known: Known): Decision {
  if (typeof operand !== 'object' || operand === null) return undefined;
  return all(
    Object.entries(operand as Node).map(([path, value]) =>
      path in known ? known[path] === String(value) : undefined,
    ),
  );
}

/** Kleene's three-valued "and". */
function all(decisions: readonly Decision[]): Decision {
  if (decisions.includes(false)) return false;
  return decisions.includes(undefined) ? undefined : true;
}

const negate = (decision: Decision): Decision => (decision === undefined ? undefined : !decision);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
