exception Overflow { 1: i32 code, 2: string why }
struct Item { 1: string name, 2: double price, 3: optional list<string> tags, 4: bool sold }

service Base {
  string echo(1: string text)
}

service Live extends Base {
  void ping(),
  i32 add(1: i32 left, 2: i32 right) throws (1: Overflow overflow),
  i64 wide(1: i64 n),
  double half(1: double x),
  bool flip(1: bool value),
  list<string> many(1: i32 count, 2: i32 size),
  map<string, i16> table(1: map<string, i16> values),
  set<byte> unique(1: set<byte> values),
  Item item(1: Item item),
  binary blob(1: binary data),
  string slow(1: i32 ms),
  void fail(1: string why),
  oneway void forget(1: string what)
}

service Newer extends Live {
  i32 missing(1: i32 n)
}
