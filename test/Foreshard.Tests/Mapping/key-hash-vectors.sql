-- What made key-hash-vectors.csv, on PostgreSQL 15 with a UTF-8 database: psql -q -f key-hash-vectors.sql > key-hash-vectors.csv
COPY (
WITH integers(key) AS (
  SELECT unnest(ARRAY[0, 1, -1, 2, -2, 42, 255, 256, 65535, 65536, 2147483647, 2147483648, -2147483648, -2147483649,
    4294967295, 4294967296, -4294967296, 9223372036854775807, -9223372036854775808]::int8[])
  UNION ALL SELECT ('x' || substr(md5('i' || n), 1, 16))::bit(64)::int8 FROM generate_series(1, 100) n),
texts(key) AS (
  SELECT substr('The quick brown fox jumps over 13 lazy dogs.', 1, n) FROM generate_series(0, 40) n
  UNION ALL SELECT md5('t' || n) FROM generate_series(1, 40) n
  UNION ALL SELECT substr('äöüß€日本語テキスト𝄞😀éàñçŁ—…', 1, n) FROM generate_series(1, 26) n
  UNION ALL SELECT repeat('0123456789', n) FROM generate_series(10, 100, 15) n
  UNION ALL SELECT repeat('Größe€😀', n) FROM generate_series(10, 100, 15) n),
uuids(key) AS (
  SELECT unnest(ARRAY['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '00112233-4455-6677-8899-aabbccddeeff', '0191a2b3-c4d5-7e6f-8a9b-0c1d2e3f4a5b']::uuid[])
  UNION ALL SELECT md5('u' || n)::uuid FROM generate_series(1, 100) n)
SELECT 'integer' AS kind, key::text, hashint8extended(key, 0) AS hash FROM integers
UNION ALL SELECT 'text', key, hashtextextended(key COLLATE "C", 0) FROM texts
UNION ALL SELECT 'uuid', key::text, uuid_hash_extended(key, 0) FROM uuids
) TO STDOUT WITH (FORMAT csv, HEADER)
