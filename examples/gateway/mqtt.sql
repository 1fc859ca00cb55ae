-- The gateway's tables on an MQTT broker: SenML in, aggregates kept in files on this machine. Change url and topics to
-- your own; the credentials come from the environment or a file ('env:NAME', 'file:/path'), never from here.
SET 'execution.checkpointing.interval' = '1 s';

CREATE TABLE reading (
  sensor STRING METADATA FROM 'topic',
  temperature DOUBLE,
  humidity DOUBLE,
  dust DOUBLE,
  ts TIMESTAMP_LTZ(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH (
  'connector' = 'mqtt',
  'url' = 'mqtt://127.0.0.1:1883',
  'topic' = 'city/+',
  'qos' = '1',
  'client-id' = 'levada-gateway',
  'clean-session' = 'false',
  'format' = 'senml-json',
  'senml-json.layout' = 'row'
);

CREATE TABLE average (
  sensor STRING,
  window_start TIMESTAMP(3),
  readings BIGINT,
  temperature DOUBLE,
  humidity DOUBLE,
  dust DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'averages',
  'format' = 'csv',
  'sink.delivery-guarantee' = 'exactly-once'
);

CREATE TABLE alarm (
  sensor STRING,
  ts TIMESTAMP_LTZ(3),
  temperature DOUBLE
) WITH (
  'connector' = 'mqtt',
  'url' = 'mqtt://127.0.0.1:1883',
  'topic' = 'city-alarms',
  'qos' = '1',
  'format' = 'json'
);
