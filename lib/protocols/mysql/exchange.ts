/** From a command and its response to the event: what all of them have in common, and which of them are reported. */
import type { Counter } from '../../base/counters.js';
import type { OptionsOf } from '../../base/options.js';
import { constant } from '../../events/constants.js';
import { shared } from '../../events/envelope.js';
import { ITEM } from '../../events/fields.js';
import type { Row } from '../../events/row.js';
import type { Emit } from '../analyzer.js';
import { markOrphaned, markUnanswered } from '../kit/unpaired.js';
import { ANSWER, type Command } from './codes.js';
import { fields } from './fields.js';
import type { Options } from './options.js';
import type { PendingCommand } from './request.js';
import type { Response } from './response.js';

const OK = constant('OK');
const ERROR = constant('Error');
const LOST = constant('Packet loss while capturing the response');
const UNKNOWN_STATEMENT = constant('The actual query being used is unknown');
/** LIMIT: objects kept for later of each kind. */
export const MAX_POOLED = 1024;
const MAX_EXACT = 0x200000;

/** What the sessions of one worker share. */
export interface Shop {
  readonly options: OptionsOf<Options>;
  readonly emit: Emit;
  readonly pool: PendingCommand[];
  readonly responses: Response[];
  readonly unmatchedRequests: Counter;
  readonly unmatchedResponses: Counter;
  /** Logins and commands without an event. */
  readonly unreported: Counter;
  /** Packets of which nothing can be said: what they belong to was not seen. */
  readonly ignored: Counter;
  readonly malformed: Counter;
  readonly framesUnread: Counter;
  readonly paramsCut: Counter;
  readonly forgotten: Counter;
  readonly tls: Counter;
}

/** Whose connection it is, where its login was seen. */
export interface Owner {
  readonly user: Uint8Array | undefined;
  readonly schema: Uint8Array | undefined;
}

/** How the response ended: whole, cut by a loss, not at all, or not before the capture did. */
export type Outcome = 'whole' | 'lost' | 'unfinished' | 'open' | 'orphaned';

export function isReported(shop: Shop, command: Command): boolean {
  return command.isStatement || shop.options.send_all_commands;
}

/** Sends the event of an answered command. */
export function finish(shop: Shop, request: PendingCommand, outcome: Outcome, owner: Owner): void {
  const { row, command, response } = request;
  if (outcome === 'open' || (!isReported(shop, command) && !response.isError)) {
    drop(shop, request);
    return;
  }
  fillResponse(row, response, shop.options.send_response);
  row.responseBytes(request.responseSize);
  if (outcome !== 'orphaned') row.requestBytes(request.size);
  row.status = response.isError ? ERROR : OK;
  if (outcome === 'lost') row.word(shared['error.message'], LOST);
  else if (outcome === 'unfinished') markUnanswered(row);
  else if (outcome === 'orphaned') markOrphaned(row, row.startSeconds, row.startNanoseconds);
  else if (request.isUnknown) row.word(shared['error.message'], UNKNOWN_STATEMENT);
  if (command.answer === ANSWER.login) fillOwner(row, request, true);
  else if (shop.options.send_session) fillOwner(row, owner, false);
  send(shop, request);
}

function fillResponse(row: Row, response: Response, sendResponse: boolean): void {
  const { error } = response;
  const { path, csv } = response.columns;
  row.long(fields['mysql.affected_rows'], response.affected);
  if (response.insertHigh < MAX_EXACT) {
    row.long(fields['mysql.insert_id'], response.insertHigh * 4294967296 + response.insertLow);
  } else {
    row.big(fields['mysql.insert_id'], (BigInt(response.insertHigh) << 32n) | BigInt(response.insertLow));
  }
  row.long(fields['mysql.num_fields'], response.fields);
  row.long(fields['mysql.num_rows'], response.rows);
  if (response.results > 1) row.long(fields['mysql.num_results'], response.results);
  if (response.isError) {
    row.long(fields['mysql.error_code'], response.errorCode);
    row.text(fields['mysql.error_message'], error.buf, 0, error.size);
  }
  if (path.size > 0) row.text(shared.path, path.buf, 0, path.size);
  if (sendResponse) row.text(shared.response, csv.text.buf, 0, csv.text.size);
}

function fillOwner(row: Row, { user, schema }: Owner, isLogin: boolean): void {
  if (user && user.length > 0) {
    row.text(shared['user.name'], user, 0, user.length);
    row.list(shared['related.user']);
    row.text(ITEM, user, 0, user.length);
    row.close();
  }
  if (!schema || schema.length === 0) return;
  row.text(fields['mysql.schema'], schema, 0, schema.length);
  if (isLogin) row.text(shared.resource, schema, 0, schema.length);
}

/** No answer came; `isOpen`: not before the capture ended. */
export function sendUnanswered(shop: Shop, request: PendingCommand, isOpen: boolean): void {
  if (isOpen || !isReported(shop, request.command)) {
    drop(shop, request);
    return;
  }
  request.row.requestBytes(request.size);
  markUnanswered(request.row);
  send(shop, request);
}

/** A command that the server does not answer. */
export function sendOneWay(shop: Shop, request: PendingCommand, owner: Owner): void {
  const { row } = request;
  row.requestBytes(request.size);
  row.status = OK;
  if (shop.options.send_session) fillOwner(row, owner, false);
  send(shop, request);
}

function drop(shop: Shop, request: PendingCommand): void {
  shop.unreported.value++;
  shop.emit.discard(request.row);
  recycle(shop, request);
}

function send(shop: Shop, request: PendingCommand): void {
  shop.emit.send(request.row);
  recycle(shop, request);
}

function recycle(shop: Shop, request: PendingCommand): void {
  if (shop.pool.length < MAX_POOLED) shop.pool.push(request);
}
