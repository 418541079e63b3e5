-- What the rules say of a script that is run after the shop's own: each block is a case, told by its first line.
-- "expect" lists all problems, as rule and table.column; "accept" says that there are none.

-- ## Each table has its place

-- expect: table-undeclared t.
create table t (id integer primary key);

-- expect: table-of-two-types t.partner_id
create table t (
  customer_id integer not null, partner_id text not null, primary key (customer_id, partner_id));

-- expect: table-missing countries.
drop table countries;
drop table lines;
drop table orders;
create table o (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id));

-- expect: table-missing partners.
drop table visits;
drop table partners;
create table visits (partner_id text not null, day text not null, primary key (partner_id, day));

-- expect: name-reserved foreshard_x.
create table foreshard_x (customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: name-reserved t.foreshard_x
create table t (
  foreshard_x text, customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: reference-with-key countries.customer_id
alter table countries add column customer_id integer;

-- ## A key column can be trusted

-- expect: key-column-missing customers.id
drop table lines;
drop table orders;
drop table addresses;
drop table customers;
create table customers (customer_id integer primary key);
create table orders (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id));

-- expect: key-column-nullable t.customer_id
create table t (customer_id integer, id integer not null, primary key (customer_id, id));

-- expect: key-column-generated t.customer_id, ids-generated t.x
create table t (x integer not null primary key, customer_id integer not null as (x) stored);
create index i on t (customer_id);

-- expect: key-column-collation t.partner_id
create table t (partner_id text collate nocase not null, n integer not null, primary key (partner_id, n));

-- expect: key-column-form t.customer_id
create table t (customer_id text not null, id integer not null, primary key (customer_id, id));

-- expect: key-column-form t.partner_id
create table t (partner_id numeric not null, id integer not null, primary key (partner_id, id));

-- expect: key-column-not-indexed t.customer_id
create table t (customer_id integer not null, id integer not null, primary key (id, customer_id));
create index partial on t (customer_id) where id > 7;
create index second on t (id, customer_id);
create index expr on t (customer_id + 1);

-- expect: root-not-unique customers.id
drop table addresses;
drop table lines;
drop table orders;
drop table customers;
create table customers (id integer not null, version integer not null, primary key (id, version));
create unique index u on customers (id) where version = 1;
create table orders (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id));

-- ## The group column of a splittable type can be trusted

-- expect: group-column-nullable t.region
create table t (
  customer_id integer not null, region text, id integer not null, primary key (customer_id, region, id));

-- expect: group-column-generated t.region
create table t (
  customer_id integer not null, id integer not null, x text not null, region text not null as (x) stored,
  primary key (customer_id, id));
create index i on t (customer_id, region);

-- expect: group-column-collation t.region
create table t (
  customer_id integer not null, region text not null collate rtrim, id integer not null, primary key (customer_id, region, id));

-- expect: group-column-form t.region
create table t (
  customer_id integer not null, region integer not null, id integer not null, primary key (customer_id, region, id));

-- expect: group-column-not-indexed t.region
create table t (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, id, region));

-- ## Ids of two entities never meet

-- expect: primary-key-missing t.
create table t (customer_id integer not null);
create index i on t (customer_id);

-- expect: primary-key-missing countries.
drop table lines;
drop table orders;
drop table countries;
create table countries (code text not null);
create table o (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id));

-- expect: primary-key-nullable t.id
create table t (customer_id integer not null, id text, primary key (customer_id, id));

-- expect: primary-key-collation t.id
create table t (customer_id integer not null, id text not null collate nocase, primary key (customer_id, id));

-- expect: ids-generated t.id
create table t (id integer primary key, customer_id integer not null);
create index i on t (customer_id);

-- expect: ids-generated t.id
create table t (id integer primary key autoincrement, customer_id integer not null);
create index i on t (customer_id);

-- expect: ids-generated t.customer_id
create table t (customer_id integer primary key autoincrement);

-- expect: ids-generated countries.n
drop table countries;
create table countries (n integer primary key autoincrement, code text not null unique);
drop table lines;
drop table orders;
create table o (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id));

-- expect: ids-not-unique t.id
create table t (id text primary key not null, customer_id integer not null);
create index i on t (customer_id);

-- expect: ids-not-unique t.email
create table t (
  email text unique, customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: ids-not-unique t.email
create table t (
  email text, gone integer, customer_id integer not null, id integer not null, primary key (customer_id, id));
create unique index u on t (email) where gone is null;

-- expect: unique-index-on-expression t.customer_id
create table t (email text, customer_id integer not null, id integer not null, primary key (customer_id, id));
create unique index u on t (customer_id, lower(email));

-- expect: unique-index-on-expression t.customer_id
create table t (email text, customer_id integer not null, id integer not null, primary key (customer_id, id));
create unique index u on t (customer_id, email collate nocase);

-- expect: unique-index-on-expression t.customer_id
create table t (
  email text, g text as (lower(email)), customer_id integer not null, id integer not null, primary key (customer_id, id));
create unique index u on t (customer_id, g);

-- expect: unique-index-on-expression t.
create table t (email text, customer_id integer not null, id integer not null, primary key (customer_id, id));
create unique index u on t (lower(email));

-- ## What obeys the rules in another way is accepted

-- accept
create table t (customer_id integer primary key);

-- accept
create table t (
  customer_id integer not null, email text collate nocase, id integer not null, primary key (customer_id, id),
  unique (customer_id, email));

-- accept
create table t (email text, customer_id integer not null, id integer not null, primary key (customer_id, id));
create index u on t (lower(email));
create index v on t (email collate nocase);

-- accept
create table t (
  CUSTOMER_ID integer not null, id integer not null, primary key (customer_id, id),
  foreign key (Customer_Id) references CUSTOMERS (ID));

-- accept
drop table lines;
drop table orders;
drop table countries;
create table countries (code integer primary key);
create table o (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id));

-- accept
create table t (partner_id not null, id integer not null, primary key (partner_id, id));

-- ## A foreign key stays where its row is

-- expect: foreign-key-target-missing t.x
create table t (
  x integer references nowhere, customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: foreign-key-target-missing t.x
create table t (
  x integer references countries (nope), customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: foreign-key-target-missing t.x
create table t (
  x integer, customer_id integer not null, id integer not null, primary key (customer_id, id), foreign key (customer_id,
  x) references orders (customer_id, id));

-- expect: foreign-key-target-missing t.x
create table u (x integer, customer_id integer not null, id integer not null, primary key (customer_id, id));
create unique index i on u (customer_id, x) where x > 0;
create table t (
  x integer, customer_id integer not null, id integer not null, primary key (customer_id, id),
  foreign key (customer_id, x) references u (customer_id, x));

-- expect: foreign-key-between-types t.p
create table t (
  p text references partners, customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: foreign-key-from-reference countries.capital
alter table countries add column capital integer references customers;

-- expect: foreign-key-without-key t.friend
create table t (
  friend integer references customers, customer_id integer not null, id integer not null, primary key (customer_id, id));

-- expect: foreign-key-without-key t.address
create table t (
  address integer, customer_id integer not null, id integer not null, primary key (customer_id, id), foreign key (address,
  customer_id) references addresses (customer_id, id));

-- expect: foreign-key-without-group t.order_id
create table t (
  order_id integer, shop text, customer_id integer not null, region text not null, id integer not null,
  primary key (customer_id, region, id), foreign key (customer_id, order_id, shop) references orders (customer_id, id, region));

-- expect: foreign-key-core-to-grouped t.r
create table t (
  r text, o integer, customer_id integer not null, id integer not null, primary key (customer_id, id),
  foreign key (customer_id, r, o) references orders);

-- expect: foreign-key-action t.a
create table t (
  a integer, customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id),
  foreign key (customer_id, a) references addresses on delete cascade);

-- expect: foreign-key-action t.a
create table t (
  a integer, customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id),
  foreign key (customer_id, a) references addresses on delete set null);

-- expect: foreign-key-action t.customer_id
create table t (
  customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id),
  foreign key (customer_id) references customers on update cascade);

-- expect: foreign-key-action t.c
create table t (
  c text references countries on delete set null, customer_id integer not null, id integer not null, primary key (customer_id,
  id));

-- expect: foreign-key-action t.c
create table t (
  c text references countries on update cascade, customer_id integer not null, id integer not null, primary key (customer_id,
  id));

-- expect: foreign-key-changes-key t.customer_id
create table t (
  customer_id integer not null, id integer not null, primary key (customer_id, id),
  foreign key (customer_id) references customers on update cascade);

-- expect: foreign-key-changes-key t.a
create table t (
  a integer, customer_id integer not null, id integer not null, primary key (customer_id, id), foreign key (customer_id,
  a) references addresses on delete set null);

-- expect: foreign-key-changes-key t.partner_id
create table t (partner_id text primary key not null references partners on update set default);

-- ## Foreign keys within an entity are free

-- accept
create table t (
  customer_id integer not null, id integer not null, primary key (customer_id, id),
  foreign key (customer_id) references customers on delete cascade);

-- accept
create table t (
  parent integer, customer_id integer not null, id integer not null, primary key (customer_id, id), foreign key (customer_id,
  parent) references t on delete cascade);

-- accept
create table t (
  a integer, customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id),
  foreign key (customer_id, a) references addresses on delete restrict on update no action);

-- accept
create table t (
  n integer, partner_id text primary key not null, foreign key (partner_id, n) references visits);

-- accept
alter table countries add column parent text references countries on delete cascade;
