-- The gateway's tables on simulated sensors: eight of them, a reading every 100 ms of event time, which runs a hundred
-- times faster than the clock on the wall.
CREATE TABLE reading (
  n BIGINT,
  noise DOUBLE,
  humidity DOUBLE,
  dust DOUBLE,
  sensor AS 'sensor-' || CAST(MOD(n, 8) AS STRING),
  temperature AS 20 + 22 * SIN(n / 1500.0) + noise,
  ts AS TO_TIMESTAMP_LTZ(1767225600000 + n * 100, 3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '1000',
  'seed' = '1',
  'fields.n.kind' = 'sequence',
  'fields.n.start' = '0',
  'fields.n.end' = '1000000000',
  'fields.noise.min' = '-1.5',
  'fields.noise.max' = '1.5',
  'fields.humidity.min' = '40',
  'fields.humidity.max' = '60',
  'fields.dust.min' = '180',
  'fields.dust.max' = '900'
);

CREATE TABLE average (
  sensor STRING,
  window_start TIMESTAMP(3),
  readings BIGINT,
  temperature DOUBLE,
  humidity DOUBLE,
  dust DOUBLE
) WITH (
  'connector' = 'print',
  'print-identifier' = 'average'
);

CREATE TABLE alarm (
  sensor STRING,
  ts TIMESTAMP_LTZ(3),
  temperature DOUBLE
) WITH (
  'connector' = 'print',
  'print-identifier' = 'alarm'
);
