-- Readings from a broker, filtered, into a file. ${BROKER} = mqtt://host:port; ${OUT} = folder for the result.
CREATE TABLE reading (
  temperature DOUBLE,
  humidity BIGINT
) WITH (
  'connector' = 'mqtt',
  'url' = '${BROKER}',
  'topic' = 'bench/in',
  'qos' = '0',
  'format' = 'json'
);

CREATE TABLE out_rows (
  temperature DOUBLE,
  humidity BIGINT
) WITH (
  'connector' = 'filesystem',
  'path' = '${OUT}',
  'format' = 'json'
);

INSERT INTO out_rows SELECT * FROM reading WHERE temperature > 50;
