import { describe, expect, it } from 'vitest';
import { Text } from '../kit/text.js';
import { holdsUserinfo, maskPasswords, mentionsPassword } from './secrets.js';
import { SqlScanner } from './sql.js';

function split(sql: string, backslashes = false): [string, string][] {
  const buf = Buffer.from(`##${sql}##`);
  const scanner = new SqlScanner();
  scanner.backslashes = backslashes;
  scanner.open(buf, 2, buf.length - 2);
  const found: [string, string][] = [];
  while (scanner.next()) {
    const { start, end, verbStart, verbEnd } = scanner;
    found.push([buf.toString('utf8', start, end), buf.toString('utf8', verbStart, verbEnd)]);
  }
  return found;
}

const statements = (sql: string, backslashes = false) => split(sql, backslashes).map(([text]) => text);

describe('splitting SQL', () => {
  it.each([
    ['select 1', ['select 1']],
    [' select 1 ; ; select 2;\n', ['select 1', 'select 2']],
    ["select ';''; ', E'\\';', \";\"; x", ["select ';''; ', E'\\';', \";\"", 'x']],
    ["select 'a\\'; x", ["select 'a\\'", 'x']],
    ['select $$;$$, $a$;$$;$b$;$a$; x', ['select $$;$$, $a$;$$;$b$;$a$', 'x']],
    ['select $1;$2;a$1;$1$', ['select $1', '$2', 'a$1', '$1$']],
    ['select 1 -- ; x\n; y --;', ['select 1 -- ; x', 'y --;']],
    ['/* ; /* ; */ ; */ x; /* only */ ; -- only', ['/* ; /* ; */ ; */ x']],
    [
      'create rule r as on insert to t do also (select 1; select 2); x',
      ['create rule r as on insert to t do also (select 1; select 2)', 'x'],
    ],
    [
      'create function f() returns int begin atomic select case when a then b end; return 1; end; x',
      ['create function f() returns int begin atomic select case when a then b end; return 1; end', 'x'],
    ],
    [
      'create or replace procedure p() begin atomic a; end; begin; end',
      ['create or replace procedure p() begin atomic a; end', 'begin', 'end'],
    ],
    ["select 'open; x", ["select 'open; x"]],
    ['select $a$ open; x', ['select $a$ open; x']],
    ['/* open; x', []],
    ['a - b / c; --', ['a - b / c']],
    ['', []],
    ['select "é;", é; ü', ['select "é;", é', 'ü']],
  ])('%s', (sql, wanted) => {
    expect(statements(sql)).toEqual(wanted);
  });

  it('lets backslashes escape where the server does', () => {
    expect(statements("select 'a\\'; x'; y", true)).toEqual(["select 'a\\'; x'", 'y']);
  });

  it.each([
    ['SELECT\n1', 'SELECT'],
    ['(select 1) union (select 2)', 'select'],
    ['/* a */ -- b\nWith x as (select 1) select', 'With'],
    ['123', ''],
  ])('finds the verb of %j', (sql, verb) => {
    expect(split(sql)[0]![1]).toBe(verb);
  });

  it('takes linear time', () => {
    for (const piece of ['$a', "'", '/*', '$$ $', '"', '(', 'begin ', '$a$b']) {
      const before = performance.now();
      statements(`create function ${piece.repeat(200_000)}`);
      expect(performance.now() - before).toBeLessThan(500);
    }
  });
});

describe('passwords in SQL', () => {
  const mask = (sql: string) => {
    const buf = Buffer.from(`##${sql}'"@##`);
    const out = new Text();
    maskPasswords(out, buf, 2, buf.length - 5);
    return Buffer.from(out.buf.subarray(0, out.size)).toString();
  };

  it.each([
    ["ALTER ROLE a PASSWORD 'top' VALID UNTIL 'x'", "ALTER ROLE a PASSWORD 'xxxxx' VALID UNTIL 'x'"],
    [
      "create user a encrypted password E'to\\'p''s' login",
      "create user a encrypted password E'xxxxx' login",
    ],
    ["create user a password 'to''p' login", "create user a password 'xxxxx' login"],
    ["create user a password '' login", "create user a password 'xxxxx' login"],
    ['do $x$ alter role a password $p$to$p$ $x$', 'do $x$ alter role a password $p$xxxxx$p$ $x$'],
    [
      "update u set password='top', user_password = 'top' where id=1",
      "update u set password='xxxxx', user_password = 'xxxxx' where id=1",
    ],
    [
      "update u set password = crypt('top', 'salt') where id = 1",
      'update u set password = xxxxx where id = 1',
    ],
    ["connection 'host=h password=top dbname=d'", "connection 'host=h password=xxxxx dbname=d'"],
    ["connection 'password=''t op'' dbname=d'", "connection 'password=''xxxxx'' dbname=d'"],
    ["options (user 'u', password 'top')", "options (user 'u', password 'xxxxx')"],
    ["connection 'postgresql://me:top@host/db?x'", "connection 'postgresql://me:xxxxx@host/db?x'"],
    [
      `insert into j values ('{"password": "top", "x": 1}')`,
      `insert into j values ('{"password": "xxxxx", "x": 1}')`,
    ],
    ['select password from u where password = $1', 'select password from u where password = $1'],
    [
      "select password::text, 'x' from u where password is null",
      "select password::text, 'x' from u where password is null",
    ],
    ["select 'https://host:80/a'", "select 'https://host:80/a'"],
    ["alter role a password 'open", "alter role a password 'xxxxx"],
  ])('%s', (sql, wanted) => {
    expect(mask(sql)).toBe(wanted);
  });

  it('knows where there is none', () => {
    const sql = Buffer.from('select passwor, assword, pass_word from users where id = 1');
    expect(mentionsPassword(sql, 0, sql.length)).toBe(false);
    const own = Buffer.from('xxpAssWord');
    expect(mentionsPassword(own, 0, own.length)).toBe(true);
    expect(mentionsPassword(own, 0, own.length - 1)).toBe(false);
    expect(mentionsPassword(own, 3, own.length)).toBe(false);
    const url = Buffer.from('http://a/b@c');
    expect(holdsUserinfo(url, 0, url.length)).toBe(false);
  });

  it('takes linear time', () => {
    for (const piece of [
      'password',
      "password '",
      'password=',
      '://',
      '://a:',
      'password=(',
      "password ''",
      'password $a$ ',
    ]) {
      const before = performance.now();
      mask(piece.repeat(20_000));
      expect(performance.now() - before).toBeLessThan(500);
    }
  });
});
