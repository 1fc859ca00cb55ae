-- Readings from a broker, filtered, back to it. ${BROKER} = mqtt://host:port.
CREATE TABLE reading (
  temperature DOUBLE,
  seq BIGINT
) WITH (
  'connector' = 'mqtt',
  'url' = '${BROKER}',
  'topic' = 'bench/in',
  'qos' = '0',
  'format' = 'json'
);

CREATE TABLE out_rows (
  temperature DOUBLE,
  seq BIGINT
) WITH (
  'connector' = 'mqtt',
  'url' = '${BROKER}',
  'topic' = 'bench/out',
  'qos' = '0',
  'format' = 'json',
  'sink.delivery-guarantee' = 'none'
);

INSERT INTO out_rows SELECT * FROM reading WHERE temperature > 50;
